/// The bytes beneath the values.
extension JSONReader {
    func peek() -> UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    @inline(__always) mutating func skipSpace() {
        // What services write has none.
        guard position < bytes.count, bytes[position] <= 0x20 else { return }
        skipSpaces()
    }

    @inline(never) private mutating func skipSpaces() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    func error(_ message: String) -> JSONSyntaxError {
        JSONSyntaxError(offset: position, message: message)
    }

    func isDigit(_ byte: UInt8?) -> Bool {
        byte.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
    }

    mutating func literal(_ word: StaticString) throws {
        let count = word.utf8CodeUnitCount
        for index in 0..<count {
            guard position + index < bytes.count, bytes[position + index] == word.utf8Start[index] else {
                throw error("a value is missing")
            }
        }
        position += count
    }

    // MARK: - Numbers

    /// Passes over a number; whether it is written as a whole one.
    mutating func scanNumber() throws -> Bool {
        _ = take(UInt8(ascii: "-"))
        if take(UInt8(ascii: "0")) {
            if isDigit(peek()) { throw error("a number has a leading zero") }
        } else {
            try digits()
        }
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            try digits()
        }
        if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
            isWhole = false
            position += 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return isWhole
    }

    private mutating func digits() throws {
        guard isDigit(peek()) else { throw error("a digit is missing") }
        while isDigit(peek()) { position += 1 }
    }

    /// nil when it does not fit.
    func wholeNumber(_ range: Range<Int>) -> Int64? {
        var range = range
        let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
        if isNegative { range.removeFirst() }
        var number: Int64 = 0
        for index in range {
            let digit = Int64(bytes[index] - UInt8(ascii: "0"))
            let (tens, tooMuch) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflow) =
                isNegative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
            if tooMuch || overflow { return nil }
            number = sum
        }
        return number
    }

    // MARK: - Strings

    mutating func scanText() throws -> JSONText {
        let (range, hasEscapes) = try scanString()
        return JSONText(raw: UnsafeRawBufferPointer(rebasing: bytes[range]), hasEscapes: hasEscapes)
    }

    /// Passes over a string from its opening quote on, and checks it: the bytes between the quotes, and whether there are
    /// escapes among them.
    mutating func scanString() throws -> (Range<Int>, hasEscapes: Bool) {
        position += 1
        let start = position
        var hasEscapes = false
        while true {
            skipPlain()
            guard position < bytes.count else { throw error("a string does not end") }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                let range = start..<position
                position += 1
                return (range, hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try scanEscape()
            case 0..<0x20: throw error("a string has a control character that is not escaped")
            default: try scanUTF8()
            }
        }
    }

    /// Passes over ASCII that means itself.
    private mutating func skipPlain() {
        position = PlainText.end(in: bytes, from: position)
    }

    private mutating func scanEscape() throws {
        position += 1
        switch peek() {
        case UInt8(ascii: "u"):
            position += 1
            let unit = try hexUnit()
            if (0xDC00...0xDFFF).contains(unit) { throw error("a surrogate stands alone") }
            guard (0xD800...0xDBFF).contains(unit) else { return }
            guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), (0xDC00...0xDFFF).contains(try hexUnit()) else {
                throw error("a surrogate stands alone")
            }
        case .some(let byte) where "\"\\/bfnrt".utf8.contains(byte): position += 1
        default: throw error("an escape is none of JSON's")
        }
    }

    private mutating func hexUnit() throws -> UInt16 {
        guard position + 4 <= bytes.count else { throw error("a string does not end") }
        var unit: UInt16 = 0
        for index in position..<position + 4 {
            guard let digit = Self.hexDigit(bytes[index]) else { throw error("an escape lacks four hex digits") }
            unit = unit << 4 | digit
        }
        position += 4
        return unit
    }

    private static func hexDigit(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// One character of two to four bytes: Unicode's table 3-7 of well-formed sequences.
    private mutating func scanUTF8() throws {
        let lead = bytes[position]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw error("a string is no UTF-8")
        }
        guard position + length <= bytes.count, second.contains(bytes[position + 1]) else {
            throw error("a string is no UTF-8")
        }
        for index in 2..<max(length, 2) where !(0x80...0xBF).contains(bytes[position + index]) {
            throw error("a string is no UTF-8")
        }
        position += length
    }

    /// What a checked string with escapes means.
    static func unescape(_ raw: UnsafeRawBufferPointer) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(raw.count)
        var index = 0
        func unit(at start: Int) -> UInt32 {
            (start..<start + 4).reduce(0) { $0 << 4 | UInt32(hexDigit(raw[$1]) ?? 0) }
        }
        while index < raw.count {
            guard raw[index] == UInt8(ascii: "\\") else {
                decoded.append(raw[index])
                index += 1
                continue
            }
            index += 2
            switch raw[index - 1] {
            case UInt8(ascii: "b"): decoded.append(0x08)
            case UInt8(ascii: "f"): decoded.append(0x0C)
            case UInt8(ascii: "n"): decoded.append(0x0A)
            case UInt8(ascii: "r"): decoded.append(0x0D)
            case UInt8(ascii: "t"): decoded.append(0x09)
            case UInt8(ascii: "u"):
                var code = unit(at: index)
                index += 4
                if (0xD800...0xDBFF).contains(code) {
                    code = 0x10000 + (code - 0xD800) << 10 + (unit(at: index + 2) - 0xDC00)
                    index += 6
                }
                if let scalar = Unicode.Scalar(code) { decoded.append(contentsOf: UTF8.encode(scalar) ?? .init()) }
            case let byte: decoded.append(byte)
            }
        }
        return decoded
    }
}
