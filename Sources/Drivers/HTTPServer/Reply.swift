import CMicroHTTPD
import Glibc

/// How a response goes to the client: through the library, or by hand where the library has no way to answer.
enum Reply {
    /// Bytes of header fields; what the library's pool of memory always has room for.
    static let maximumHead = 4_096

    static func fits(_ response: HTTPResponse) -> Bool {
        response.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 } <= maximumHead
    }

    /// Queues the response; the body is copied once, the library sends it from there.
    static func queue(_ response: HTTPResponse, on connection: OpaquePointer, closing: Bool) -> MHD_Result {
        // A response that has no body by definition must not have one: the next would be read in the wrong place.
        let body = response.status == 204 || response.status == 304 ? [] : response.body
        let made = body.withUnsafeBytes { bytes in
            MHD_create_response_from_buffer(
                bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let made else { return .NO }
        defer { MHD_destroy_response(made) }
        for (name, value) in response.headers where !isOurs(name, closing: closing) {
            _ = MHD_add_response_header(made, name, value)
        }
        if closing { _ = MHD_add_response_header(made, "Connection", "close") }
        return MHD_queue_response(connection, UInt32(response.status), made)
    }

    /// Sends the response over the socket at once, behind the library's back: for a client whose request is not read
    /// to its end, while nothing else is being sent.
    ///
    /// - Returns: whether all of it went out
    static func send(_ response: HTTPResponse, over socket: Int32) -> Bool {
        var head =
            "HTTP/1.1 \(response.status) \(String(cString: MHD_get_reason_phrase_for(UInt32(response.status))))\r\n"
        for (name, value) in response.headers where !isOurs(name, closing: true) {
            guard !(name + value).utf8.contains(where: { $0 == 0x0D || $0 == 0x0A || $0 == 0 }) else { continue }
            head += "\(name): \(value)\r\n"
        }
        head += "Date: \(date())\r\nConnection: close\r\nContent-Length: \(response.body.count)\r\n\r\n"
        let bytes = Array(head.utf8) + response.body
        return Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            == bytes.count
    }

    private static func isOurs(_ name: String, closing: Bool) -> Bool {
        switch name.lowercased() {
        case "content-length", "transfer-encoding": true
        case "connection": closing
        default: false
        }
    }

    private static func date() -> String {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)])"
        return "\(day) \(parts.tm_year + 1900) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }
}
