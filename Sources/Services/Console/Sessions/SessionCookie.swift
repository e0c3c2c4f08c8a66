import HTTPServer

/// The cookie by which a browser shows its session.
enum SessionCookie {
    static let name = "orderlog_session"

    /// What it says; nil: there is none, or more than one.
    static func value(in headers: HTTPHeaders) -> String? {
        let values = headers.all("cookie").flatMap { $0.split(separator: ";") }.compactMap {
            pair -> Substring? in
            let trimmed = pair.drop { $0 == " " }
            return trimmed.hasPrefix(name + "=") ? trimmed.dropFirst(name.count + 1) : nil
        }
        return values.count == 1 && !values[0].isEmpty && values[0].utf8.count <= 200
            ? String(values[0]) : nil
    }

    /// As an answer sets it; nil: as it takes it away. No script of the page sees it, and no other site's page makes the browser send it.
    static func field(_ value: String?, for headers: HTTPHeaders) -> (name: String, value: String) {
        let age = value == nil ? 0 : Sessions.lifetime.components.seconds
        // Over plain HTTP, as on this machine, a browser would not keep a cookie that is for TLS alone.
        let isSecure = headers["x-forwarded-proto"]?.lowercased() == "https"
        return (
            "set-cookie",
            "\(name)=\(value ?? ""); Path=/; Max-Age=\(age); HttpOnly; SameSite=Strict\(isSecure ? "; Secure" : "")"
        )
    }
}
