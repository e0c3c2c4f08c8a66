internal import Glibc

/// Writes the heads of responses, into one buffer that is used again and again.
struct ResponseHead {
    /// Bytes of header fields.
    private static let maximumSize = 4_096
    /// What an answer is declared to be is what it is taken for: no browser makes a page or a script of text that a caller chose.
    private static let noSniffing: StaticString = "X-Content-Type-Options: nosniff\r\n"
    /// An answer may hold a customer's data, so no cache keeps one that does not say otherwise.
    private static let noStore: StaticString = "Cache-Control: no-store\r\n"

    private(set) var bytes: [UInt8] = []
    private var date: [UInt8] = []
    private var dateSecond: time_t = -1

    static func fits(_ response: HTTPResponse) -> Bool {
        var size = 0
        for (name, value) in response.headers { size += name.utf8.count + value.utf8.count + 4 }
        return size <= maximumSize
    }

    mutating func write(_ response: HTTPResponse, isClosing: Bool, isHTTP10: Bool) {
        let saysKeepAlive = isHTTP10 && response.stream == nil
        let isClosing = isClosing || isHTTP10 && response.stream != nil
        bytes.removeAll(keepingCapacity: true)
        append("HTTP/1.1 ")
        append(number: response.status)
        bytes.append(.space)
        append(HTTPStatus.staticPhrase(response.status))
        append("\r\n")
        var hasDate = false
        var saysCaching = false
        for (name, value) in response.headers {
            guard !Self.isOurs(name), Self.isField(name, value) else { continue }
            if Self.isEqual(name, "date") { hasDate = true }
            if Self.isEqual(name, "cache-control") { saysCaching = true }
            bytes.append(contentsOf: name.utf8)
            append(": ")
            bytes.append(contentsOf: value.utf8)
            append("\r\n")
        }
        if !hasDate { appendDate() }
        append(Self.noSniffing)
        if !saysCaching { append(Self.noStore) }
        if isClosing {
            append("Connection: close\r\n")
        } else if saysKeepAlive {
            append("Connection: keep-alive\r\n")
        }
        // These have no body by definition.
        if response.stream != nil {
            // To HTTP/1.0 the end of the connection is that of the body.
            if !isHTTP10 { append("Transfer-Encoding: chunked\r\n") }
        } else if response.status != 204, response.status != 304 {
            append("Content-Length: ")
            append(number: response.body.count)
            append("\r\n")
        }
        append("\r\n")
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private mutating func append(number: Int) {
        if number >= 10 { append(number: number / 10) }
        bytes.append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    private mutating func appendDate() {
        let now = time(nil)
        if now != dateSecond {
            dateSecond = now
            date = Array("Date: \(HTTPDate.text(of: now))\r\n".utf8)
        }
        bytes.append(contentsOf: date)
    }

    private static func isOurs(_ name: String) -> Bool {
        switch name.utf8.count {
        case 10: isEqual(name, "connection")
        case 14: isEqual(name, "content-length")
        case 17: isEqual(name, "transfer-encoding")
        default: false
        }
    }

    private static func isEqual(_ name: String, _ other: StaticString) -> Bool {
        guard name.utf8.count == other.utf8CodeUnitCount else { return false }
        return other.withUTF8Buffer { other in
            zip(name.utf8, other).allSatisfy { $0.lowercasedASCII == $1 }
        }
    }

    private static func isField(_ name: String, _ value: String) -> Bool {
        guard !name.isEmpty, !value.isEmpty else { return false }
        for byte in name.utf8 where !byte.isToken { return false }
        for byte in value.utf8 where !byte.isFieldValue { return false }
        return true
    }
}

/// A time as HTTP writes it (RFC 9110, 5.6.7).
enum HTTPDate {
    static func text(of time: time_t) -> String {
        var time = time
        var parts = tm()
        gmtime_r(&time, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)])"
        return "\(day) \(parts.tm_year + 1900) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }
}
