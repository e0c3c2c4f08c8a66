extension Timestamp {
    /// The moments that `rfc3339` can say: the years 0 to 9999.
    private static let writable: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    /// `2026-11-24T03:51:16.123Z`: always milliseconds, always UTC, 24 bytes. A moment outside the years 0 to 9999 is
    /// written as the nearest one inside.
    package var rfc3339: String {
        String(unsafeUninitializedCapacity: 24) { bytes in
            write(to: UnsafeMutableRawBufferPointer(bytes))
            return 24
        }
    }

    /// The same as UTF-8, where there is room for 24 bytes.
    package func write(to bytes: UnsafeMutableRawBufferPointer) {
        let clamped = min(max(milliseconds, Self.writable.lowerBound), Self.writable.upperBound)
        let days = clamped.flooredQuotient(86_400_000)
        let date = CivilDate(daysSince1970: days)
        let time = clamped - days * 86_400_000
        func put(_ value: Int64, _ width: Int, at offset: Int, then separator: Unicode.Scalar) {
            var rest = value
            for position in stride(from: offset + width - 1, through: offset, by: -1) {
                bytes[position] = UInt8(truncatingIfNeeded: 48 + rest % 10)
                rest /= 10
            }
            bytes[offset + width] = UInt8(ascii: separator)
        }
        put(date.year, 4, at: 0, then: "-")
        put(date.month, 2, at: 5, then: "-")
        put(date.day, 2, at: 8, then: "T")
        put(time / 3_600_000, 2, at: 11, then: ":")
        put(time / 60_000 % 60, 2, at: 14, then: ":")
        put(time / 1000 % 60, 2, at: 17, then: ".")
        put(time % 1000, 3, at: 20, then: "Z")
    }

    /// Reads RFC 3339: `T` and `Z` in either case, any offset, a fraction of at most 9 digits, of which what is finer
    /// than a millisecond is cut off. nil for anything else; for a leap second (`:60`), which no POSIX clock shows; and
    /// for what an offset moves out of the years 0 to 9999.
    package init?(rfc3339 text: some StringProtocol) {
        var text = String(text)
        guard let timestamp = text.withUTF8({ Timestamp(rfc3339: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = timestamp
    }

    /// The same of its UTF-8.
    package init?(rfc3339 text: UnsafeRawBufferPointer) {
        var rest = Digits(text)
        guard let year = rest.number(of: 4), rest.skip("-"), let month = rest.number(of: 2), rest.skip("-"),
            let day = rest.number(of: 2), rest.skip("T") || rest.skip("t"),
            let hour = rest.number(of: 2), hour < 24, rest.skip(":"),
            let minute = rest.number(of: 2), minute < 60, rest.skip(":"),
            let second = rest.number(of: 2), second < 60,
            let fraction = rest.fraction(), let offset = rest.offset(), rest.isAtEnd
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        guard date.exists else { return nil }
        let minutes = (date.daysSince1970 * 24 + hour) * 60 + minute - offset
        milliseconds = (minutes * 60 + second) * 1000 + fraction
        guard Self.writable.contains(milliseconds) else { return nil }
    }
}

/// What is still to be read of a timestamp.
private struct Digits {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    /// The digit that comes next, taken.
    private mutating func digit() -> Int64? {
        guard position < bytes.count, (48...57).contains(bytes[position]) else { return nil }
        defer { position += 1 }
        return Int64(bytes[position]) - 48
    }

    mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }

    mutating func number(of width: Int) -> Int64? {
        var number: Int64 = 0
        for _ in 0..<width {
            guard let digit = digit() else { return nil }
            number = number * 10 + digit
        }
        return number
    }

    /// Milliseconds; 0 when there is no point, nil for a point without digits or with more than 9.
    mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        var count = 0
        var milliseconds: Int64 = 0
        while let digit = digit() {
            count += 1
            if count <= 3 { milliseconds = milliseconds * 10 + digit }
        }
        guard (1...9).contains(count) else { return nil }
        return milliseconds * (count == 1 ? 100 : count == 2 ? 10 : 1)
    }

    /// Minutes east of UTC.
    mutating func offset() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let isEast = skip("+")
        guard isEast || skip("-"), let hours = number(of: 2), hours < 24, skip(":"),
            let minutes = number(of: 2), minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * (isEast ? 1 : -1)
    }
}
