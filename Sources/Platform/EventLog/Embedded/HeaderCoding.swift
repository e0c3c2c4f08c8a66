/// Headers in a column: for each its name and its value, each behind its length in four bytes, −1 for a null.
enum HeaderCoding {
    static func encode(_ headers: [LogHeader]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headers.reduce(0) { $0 + 8 + $1.name.utf8.count + ($1.value?.count ?? 0) })
        for header in headers {
            append(Int32(header.name.utf8.count), to: &bytes)
            bytes.append(contentsOf: header.name.utf8)
            append(header.value.map { Int32($0.count) } ?? -1, to: &bytes)
            bytes.append(contentsOf: header.value ?? [])
        }
        return bytes
    }

    /// nil for bytes that `encode` did not make.
    static func decode(_ bytes: [UInt8]) -> [LogHeader]? {
        var headers: [LogHeader] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let nameCount = takeCount(&rest), let name = take(nameCount, &rest), let count = takeCount(&rest)
            else { return nil }
            var value: [UInt8]?
            if count >= 0 {
                guard let bytes = take(count, &rest) else { return nil }
                value = Array(bytes)
            }
            headers.append(LogHeader(String(decoding: name, as: UTF8.self), value))
        }
        return headers
    }

    private static func append(_ count: Int32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: count.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func takeCount(_ bytes: inout ArraySlice<UInt8>) -> Int? {
        guard let four = take(4, &bytes) else { return nil }
        let word = four.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return Int(Int32(bitPattern: word))
    }

    private static func take(_ count: Int, _ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard count >= 0, bytes.count >= count else { return nil }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count)
    }
}
