internal import Glibc

/// The head of a request, read strictly by RFC 9112 as its bytes come.
///
/// What two readers of one connection could understand differently is how requests are smuggled past a proxy, so whatever the
/// grammar does not allow is a fault. Each byte is looked at twice: for its line's end, and as part of its line.
///
/// All positions count from the first byte that was given. A reader that has thrown or finished is replaced by a new one.
struct RequestHead {
    private(set) var method = 0..<0
    private(set) var target = 0..<0
    private(set) var isHTTP10 = false
    private(set) var fields: [HTTPHeaders.Field] = []
    /// Bytes announced; `Int.max` for more than fit.
    private(set) var contentLength: Int?
    private(set) var isChunked = false
    private(set) var expectsContinue = false
    private var asksToClose = false
    private var asksToKeep = false
    /// The index of the Host field.
    private var host: Int?

    /// Up to here line ends have been looked for.
    private var scanned = 0
    private var lineStart = 0
    /// After the empty lines that may come before a request line (RFC 9112, 2.2).
    private var start = 0
    /// So many of them; who sends more sends something else.
    private static let emptyLines = 8
    private var hasRequestLine = false

    /// Whether the connection lives on after the answer, as far as the client is concerned.
    var keepsAlive: Bool { asksToClose ? false : !isHTTP10 || asksToKeep }

    /// Whether the bytes that were read so far, so many of them, are only empty lines.
    func isEmptyLines(of count: Int) -> Bool { !hasRequestLine && start == count }

    /// Reads on. `bytes` are those of before and what came after them.
    ///
    /// - Returns: the size of the head; nil when it is not complete
    mutating func read(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(RequestFault) -> Int? {
        while let end = lineEnd(in: bytes) {
            guard end - start <= limit else { throw tooLarge(limit, in: bytes) }
            guard end >= 2, bytes[end - 2] == .carriageReturn else { throw .bareLineFeed }
            let line = lineStart..<end - 2
            lineStart = end
            if hasRequestLine {
                guard !line.isEmpty else {
                    try finish(bytes)
                    return end
                }
                try readField(line, bytes)
            } else if line.isEmpty, start < 2 * Self.emptyLines {
                start = end
            } else {
                try readRequestLine(line, bytes)
            }
        }
        guard bytes.count - start <= limit else { throw tooLarge(limit, in: bytes) }
        // What can't become a request need not be waited for: a TLS handshake, say.
        if !hasRequestLine, lineStart < bytes.count, !bytes[lineStart].isToken, bytes[lineStart] != .carriageReturn {
            throw .malformed("the request line is malformed")
        }
        return nil
    }

    /// Just behind the next line feed.
    private mutating func lineEnd(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard scanned < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + scanned, Int32(UInt8.lineFeed), bytes.count - scanned)
        else {
            scanned = bytes.count
            return nil
        }
        scanned = base.distance(to: UnsafeRawPointer(found)) + 1
        return scanned
    }

    private func tooLarge(_ limit: Int, in bytes: UnsafeRawBufferPointer) -> RequestFault {
        let requestLine = hasRequestLine ? target.upperBound - start : min(scanned, bytes.count) - start
        return requestLine > limit / 2
            ? RequestFault(status: 414, detail: "the request target is too long")
            : RequestFault(status: 431, detail: "the request's head has more than \(limit) bytes")
    }

    // MARK: Request line

    private mutating func readRequestLine(_ line: Range<Int>, _ bytes: UnsafeRawBufferPointer) throws(RequestFault) {
        hasRequestLine = true
        fields.reserveCapacity(12)
        var index = line.lowerBound
        while index < line.upperBound, bytes[index].isToken { index += 1 }
        method = line.lowerBound..<index
        guard !method.isEmpty, index < line.upperBound, bytes[index] == .space else {
            throw .malformed("the method is malformed")
        }
        index += 1
        let targetStart = index
        while index < line.upperBound, bytes[index].isTarget { index += 1 }
        target = targetStart..<index
        guard !target.isEmpty, index < line.upperBound, bytes[index] == .space else {
            throw .malformed("the request target is malformed")
        }
        try readVersion(bytes.part(index + 1..<line.upperBound))
    }

    private mutating func readVersion(_ text: UnsafeRawBufferPointer) throws(RequestFault) {
        let prefix: StaticString = "HTTP/"
        guard text.count == 8, text.prefix(5).elementsEqual(UnsafeBufferPointer(start: prefix.utf8Start, count: 5)),
            text[5].isDigit,
            text[6] == UInt8(ascii: "."), text[7].isDigit
        else { throw .malformed("the request line is malformed") }
        switch (text[5], text[7]) {
        case (UInt8(ascii: "1"), UInt8(ascii: "1")): isHTTP10 = false
        case (UInt8(ascii: "1"), UInt8(ascii: "0")): isHTTP10 = true
        default: throw RequestFault(status: 505, detail: "this server speaks HTTP/1.1 and HTTP/1.0")
        }
    }

    // MARK: Fields

    private mutating func readField(_ line: Range<Int>, _ bytes: UnsafeRawBufferPointer) throws(RequestFault) {
        let field = try Self.field(line, bytes)
        fields.append(field)
        let name = bytes.part(Int(field.name)..<Int(field.name + field.nameLength))
        let value = bytes.part(Int(field.value)..<Int(field.value + field.valueLength))
        switch name.count {
        case 4 where name.equalsIgnoringCase("host"):
            guard host == nil else { throw Self.notOneHost }
            host = fields.count - 1
        case 6 where name.equalsIgnoringCase("expect"):
            guard value.isEmpty || value.equalsIgnoringCase("100-continue") else { throw Self.unknownExpectation }
            if !value.isEmpty { expectsContinue = true }
        case 10 where name.equalsIgnoringCase("connection"):
            readConnection(value)
        case 14 where name.equalsIgnoringCase("content-length"):
            guard contentLength == nil else { throw Self.badLength }
            contentLength = try Self.length(value)
        case 17 where name.equalsIgnoringCase("transfer-encoding"):
            try readCoding(value)
        default: break
        }
    }

    /// Finds a field's parts, and checks them.
    private static func field(_ line: Range<Int>, _ bytes: UnsafeRawBufferPointer) throws(RequestFault)
        -> HTTPHeaders.Field
    {
        var index = line.lowerBound
        while index < line.upperBound, bytes[index].isToken { index += 1 }
        let nameLength = index - line.lowerBound
        guard nameLength > 0, index < line.upperBound, bytes[index] == .colon else {
            if bytes[line.lowerBound].isBlank { throw .malformed("a header field continues on a second line") }
            throw .malformed("a header field's name is malformed")
        }
        index += 1
        while index < line.upperBound, bytes[index].isBlank { index += 1 }
        var end = line.upperBound
        while end > index, bytes[end - 1].isBlank { end -= 1 }
        guard isPrintable(bytes.part(index..<end)) else {
            throw .malformed("a header field's value has a control character")
        }
        return HTTPHeaders.Field(
            name: Int32(line.lowerBound), nameLength: Int32(nameLength), value: Int32(index),
            valueLength: Int32(end - index))
    }

    /// Eight bytes at a time, for values are most of a head.
    private static func isPrintable(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        let low: UInt64 = 0x0101_0101_0101_0101
        let high: UInt64 = 0x8080_8080_8080_8080
        while index + 8 <= bytes.count {
            let eight = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let controls = (eight &- low &* 0x20) & ~eight
            let delete = eight ^ (low &* 0x7F)
            // Tabs, and what follows a hit, may be told wrong: then bytes decide.
            if (controls | ((delete &- low) & ~delete)) & high != 0 {
                for offset in index..<index + 8 where !bytes[offset].isFieldValue { return false }
            }
            index += 8
        }
        while index < bytes.count {
            guard bytes[index].isFieldValue else { return false }
            index += 1
        }
        return true
    }

    private mutating func readConnection(_ value: UnsafeRawBufferPointer) {
        var start = 0
        while start <= value.count {
            var end = start
            while end < value.count, value[end] != UInt8(ascii: ",") { end += 1 }
            var option = start..<end
            while let first = option.first, value[first].isBlank { option.removeFirst() }
            while let last = option.last, value[last].isBlank { option.removeLast() }
            if value.part(option).equalsIgnoringCase("close") { asksToClose = true }
            if value.part(option).equalsIgnoringCase("keep-alive") { asksToKeep = true }
            start = end + 1
        }
    }

    private static let badLength = RequestFault.malformed("a request has at most one Content-Length, a number")
    private static let unknownExpectation = RequestFault(
        status: 417, detail: "the only expectation that is met is 100-continue")
    private static let notOneHost = RequestFault.malformed("a request has exactly one Host field")

    private static func length(_ value: UnsafeRawBufferPointer) throws(RequestFault) -> Int {
        guard !value.isEmpty else { throw badLength }
        var length = 0
        for byte in value {
            guard byte.isDigit else { throw badLength }
            let (product, overflows) = length.multipliedReportingOverflow(by: 10)
            let (sum, overflowsToo) = product.addingReportingOverflow(Int(byte - 0x30))
            length = overflows || overflowsToo ? .max : sum
        }
        return length
    }

    private mutating func readCoding(_ value: UnsafeRawBufferPointer) throws(RequestFault) {
        guard !isChunked, !isHTTP10 else {
            throw .malformed("a request has at most one Transfer-Encoding, and needs HTTP/1.1 for it")
        }
        guard !value.equalsIgnoringCase("chunked") else {
            isChunked = true
            return
        }
        if value.count > 7, value.part(0..<7).equalsIgnoringCase("chunked") {
            throw .malformed("chunked is the last transfer coding")
        }
        throw RequestFault(status: 501, detail: "the only transfer coding is chunked")
    }

    // MARK: The whole

    private mutating func finish(_ bytes: UnsafeRawBufferPointer) throws(RequestFault) {
        if let host {
            let field = fields[host]
            guard Self.isHost(bytes.part(Int(field.value)..<Int(field.value + field.valueLength))) else {
                throw .malformed("the Host field is malformed")
            }
        } else if !isHTTP10 {
            throw Self.notOneHost
        }
        guard !isChunked || contentLength == nil else {
            throw .malformed("a request has a Content-Length or a Transfer-Encoding, not both")
        }
    }

    /// A target in absolute form names the host itself, and that counts (RFC 9112, 3.2.2).
    mutating func replaceHost(by authority: Range<Int>, _ bytes: UnsafeRawBufferPointer) throws(RequestFault) {
        guard !authority.isEmpty, Self.isHost(bytes.part(authority)) else {
            throw .malformed("the request target is malformed")
        }
        guard let host else { return }
        fields[host].value = Int32(authority.lowerBound)
        fields[host].valueLength = Int32(authority.count)
    }

    /// `uri-host [ ":" port ]`, or nothing.
    private static func isHost(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        if bytes.first == UInt8(ascii: "[") {
            index = 1
            while index < bytes.count, bytes[index].isHostName || bytes[index] == .colon { index += 1 }
            guard index > 1, index < bytes.count, bytes[index] == UInt8(ascii: "]") else { return false }
            index += 1
        } else {
            while index < bytes.count, bytes[index].isHostName { index += 1 }
        }
        guard index < bytes.count else { return true }
        guard bytes[index] == .colon else { return false }
        return bytes.part(index + 1..<bytes.count).allSatisfy(\.isDigit)
    }
}
