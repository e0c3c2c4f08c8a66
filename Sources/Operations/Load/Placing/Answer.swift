import Glibc

/// What stands at the beginning of what a connection received: an answer, or the first part of one.
struct Answer {
    var status = 0
    /// Bytes of it all.
    var length = 0
    /// Where its body begins.
    var bodyAt = 0
    /// Whether the connection ends with it.
    var isLast = false

    enum Outcome {
        case whole(Answer)
        case part
        /// Bytes that are no HTTP/1.1 answer.
        case unreadable
    }

    static func read(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        guard let start = bytes.baseAddress, bytes.count > 12 else { return .part }
        guard memcmp(start, "HTTP/1.", 7) == 0, bytes[8] == UInt8(ascii: " ") else { return .unreadable }
        var answer = Answer()
        for index in 9..<12 {
            guard bytes[index] >= 0x30, bytes[index] <= 0x39 else { return .unreadable }
            answer.status = answer.status * 10 + Int(bytes[index] - 0x30)
        }
        answer.isLast = bytes[7] == UInt8(ascii: "0")
        var bodyLength: Int?
        var isChunked = false
        var line = 0
        while true {
            guard let found = memchr(start + line, 0x0A, bytes.count - line) else { return .part }
            let end = UnsafeRawPointer(found) - start
            if end - line <= 1 {
                answer.bodyAt = end + 1
                break
            }
            switch bytes[line] | 0x20 {
            case UInt8(ascii: "c"):
                if let at = value("content-length:", in: bytes, line, end) {
                    guard let length = number(in: bytes, at, end) else { return .unreadable }
                    bodyLength = length
                } else if let at = value("connection:", in: bytes, line, end) {
                    answer.isLast = has("close", in: bytes, at, end)
                }
            case UInt8(ascii: "t"):
                if let at = value("transfer-encoding:", in: bytes, line, end) {
                    isChunked = has("chunked", in: bytes, at, end)
                }
            default: break
            }
            line = end + 1
        }
        if isChunked {
            guard let end = endOfChunks(bytes, from: answer.bodyAt) else { return .part }
            guard end > 0 else { return .unreadable }
            answer.length = end
        } else {
            guard let bodyLength = hasNoBody(answer.status) ? 0 : bodyLength else {
                return .unreadable
            }
            answer.length = answer.bodyAt + bodyLength
        }
        return bytes.count >= answer.length ? .whole(answer) : .part
    }

    private static func hasNoBody(_ status: Int) -> Bool { status < 200 || status == 204 || status == 304 }

    /// Where the value of a header begins, if the line is of that name.
    private static func value(
        _ name: StaticString, in bytes: UnsafeRawBufferPointer, _ line: Int, _ end: Int
    ) -> Int? {
        let count = name.utf8CodeUnitCount
        guard end - line > count else { return nil }
        for index in 0..<count {
            let byte = bytes[line + index]
            let lower = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            if lower != name.utf8Start[index] { return nil }
        }
        return line + count
    }

    private static func number(in bytes: UnsafeRawBufferPointer, _ begin: Int, _ end: Int) -> Int? {
        var number = 0
        var digits = 0
        for index in begin..<end where bytes[index] > 0x20 {
            guard bytes[index] >= 0x30, bytes[index] <= 0x39, digits < 12 else { return nil }
            number = number * 10 + Int(bytes[index] - 0x30)
            digits += 1
        }
        return digits > 0 ? number : nil
    }

    private static func has(_ word: StaticString, in bytes: UnsafeRawBufferPointer, _ begin: Int, _ end: Int) -> Bool {
        let count = word.utf8CodeUnitCount
        guard end - begin >= count else { return false }
        return (begin...end - count).contains { at in
            (0..<count).allSatisfy { bytes[at + $0] | 0x20 == word.utf8Start[$0] }
        }
    }

    /// nil: more is to come; 0: these are no chunks.
    private static func endOfChunks(_ bytes: UnsafeRawBufferPointer, from begin: Int) -> Int? {
        guard let start = bytes.baseAddress else { return nil }
        var position = begin
        while true {
            guard let found = memchr(start + position, 0x0A, bytes.count - position) else { return nil }
            let end = UnsafeRawPointer(found) - start
            var size = 0
            var digits = 0
            while position < end, let digit = hexadecimal(bytes[position]) {
                size = size << 4 + digit
                position += 1
                digits += 1
                guard digits <= 7 else { return 0 }
            }
            guard digits > 0 else { return 0 }
            position = end + 1
            if size == 0 { break }
            position += size + 2
            guard position <= bytes.count else { return nil }
        }
        // Trailers end with an empty line.
        while true {
            guard let found = memchr(start + position, 0x0A, bytes.count - position) else { return nil }
            let end = UnsafeRawPointer(found) - start
            if end - position <= 1 { return end + 1 }
            position = end + 1
        }
    }

    static func hexadecimal(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30
        case 0x41...0x46: Int(byte) - 0x41 + 10
        case 0x61...0x66: Int(byte) - 0x61 + 10
        default: nil
        }
    }
}

/// What load wants to know of a body, found without reading the rest.
enum AnswerBody {
    /// The first `"order_id"` of an answer; 0 when it has none that is a UUID.
    static func orderID(in body: UnsafeRawBufferPointer) -> UInt128 {
        guard let at = member("\"order_id\"", in: body), body.count - at >= 36 else { return 0 }
        var id: UInt128 = 0
        var digits = 0
        for index in at..<at + 36 where body[index] != UInt8(ascii: "-") {
            guard let digit = Answer.hexadecimal(body[index]) else { return 0 }
            id = id << 4 | UInt128(digit)
            digits += 1
        }
        return digits == 32 ? id : 0
    }

    /// The `type` of a problem document, of at most 80 bytes; nil: it has none.
    static func problem(in body: UnsafeRawBufferPointer) -> String? {
        guard let at = member("\"type\"", in: body) else { return nil }
        let text = body[at...].prefix { $0 != UInt8(ascii: "\"") }
        return text.isEmpty || text.count > 80 ? nil : String(decoding: text, as: UTF8.self)
    }

    /// Where the text of the first member of this name begins.
    private static func member(_ name: StaticString, in body: UnsafeRawBufferPointer) -> Int? {
        guard let start = body.baseAddress else { return nil }
        let count = name.utf8CodeUnitCount
        var position = 0
        while body.count - position > count,
            let found = memchr(start + position, 0x22, body.count - position)
        {
            let at = UnsafeRawPointer(found) - start
            position = at + 1
            guard body.count - at > count, memcmp(start + at, name.utf8Start, count) == 0 else { continue }
            var value = at + count
            while value < body.count, body[value] <= 0x20 { value += 1 }
            // A text that reads like the name is no name.
            guard value < body.count, body[value] == UInt8(ascii: ":") else { continue }
            value += 1
            while value < body.count, body[value] <= 0x20 { value += 1 }
            return value < body.count && body[value] == UInt8(ascii: "\"") ? value + 1 : nil
        }
        return nil
    }
}
