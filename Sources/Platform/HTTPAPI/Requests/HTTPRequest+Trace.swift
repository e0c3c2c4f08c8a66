package import HTTPServer
package import Telemetry

extension HTTPRequest {
    /// The caller's trace, or a new one.
    package var trace: TraceContext { .of(headers) }
}

extension TraceContext {
    /// The one that a request's header fields tell, or a new one.
    package static func of(_ headers: HTTPHeaders) -> TraceContext {
        TraceContext(headers)?.child() ?? .new()
    }

    /// The one that a request's header fields tell.
    init?(_ headers: HTTPHeaders) {
        guard let traceparent = headers["traceparent"] else { return nil }
        self.init(traceparent: traceparent, tracestate: headers.joined("tracestate"))
    }
}

extension HTTPHeaders {
    /// A list's value, which may come in several fields; nil: there is none.
    func joined(_ name: String) -> String? {
        guard let first = self[name] else { return nil }
        return count(of: name) == 1 ? first : all(name).joined(separator: ",")
    }
}
