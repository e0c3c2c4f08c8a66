package import Causes
import HTTPServer
import Telemetry

extension Call {
    /// What events say of this request, where it causes some.
    package var cause: Cause {
        let trace = trace
        return Cause(
            traceparent: trace.traceparent, tracestate: trace.state,
            baggage: request.headers.joined("baggage").flatMap(Self.baggage),
            caller: caller.flatMap { CallerName($0.name) })
    }

    /// As https://www.w3.org/TR/baggage/ bounds it; what is longer, or no header of ours could have, is left out.
    private static func baggage(_ text: String) -> String? {
        let isPassedOn = text.utf8.count <= 8_192 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }
        return isPassedOn && !text.isEmpty ? text : nil
    }
}
