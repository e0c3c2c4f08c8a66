package import HTTPServer
package import Telemetry

extension HTTPRequest {
    /// The caller's trace, or a new one.
    package var trace: TraceContext {
        headers["traceparent"].flatMap { TraceContext(traceparent: $0)?.child() } ?? .new()
    }
}
