import Causes
import HTTPAPI
import HTTPServer
import InventoryAPI
import Telemetry

extension Call {
    /// What is behind a call at the inside door, as the service that makes it says.
    var neighboursCause: Cause {
        let names = request.headers.all(CallerName.header.name.lowercased())
        return Cause(
            traceparent: trace.traceparent, tracestate: trace.state,
            caller: names.count == 1 ? CallerName(names[0]) : nil)
    }
}
