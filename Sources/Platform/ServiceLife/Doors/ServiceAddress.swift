import Masking

/// Where calls to a service go.
package struct ServiceAddress: Sendable, Hashable, CustomStringConvertible {
    /// What its URLs begin with, without a slash at its end. It may hold a password.
    package let base: String
    /// Path of the Unix socket that is called, whatever host `base` names.
    package let unixSocket: String?
    /// Of what it wants to be shown with each call.
    package let tokens: InsideTokens?

    /// `http://HOST:PORT`, or `unix:PATH`.
    package init(url: String, tokens: InsideTokens? = nil) {
        let path = url.hasPrefix("unix:") ? String(url.dropFirst("unix:".count)) : nil
        base = path != nil ? "http://localhost" : url.hasSuffix("/") ? String(url.dropLast()) : url
        unixSocket = path
        self.tokens = tokens
    }

    /// For each call.
    package var headers: [(name: String, value: String)] {
        tokens.map { [("authorization", "Bearer \($0.first)")] } ?? []
    }

    /// Another port of the same host; nil unless that host is this machine's loopback, by name or number.
    package func onLoopback(port: Int) -> ServiceAddress? {
        guard unixSocket == nil else { return nil }
        let host = ["127.0.0.1", "localhost", "[::1]"].first { name in
            let rest = base.dropFirst("http://\(name)".count)
            return base.hasPrefix("http://\(name)") && (rest.isEmpty || rest.hasPrefix(":") || rest.hasPrefix("/"))
        }
        return host.map { ServiceAddress(url: "http://\($0):\(port)", tokens: tokens) }
    }

    package var description: String { unixSocket.map { "unix:\($0)" } ?? Masked.text(base) }

    /// The address of a port of this machine on which a server listens that was told `host`.
    package static func local(host: String, port: Int, tokens: InsideTokens? = nil) -> ServiceAddress {
        let name =
            switch host {
            case "0.0.0.0": "127.0.0.1"
            case "::": "[::1]"
            case let host where host.contains(":"): "[\(host)]"
            default: host
            }
        return ServiceAddress(url: "http://\(name):\(port)", tokens: tokens)
    }
}
