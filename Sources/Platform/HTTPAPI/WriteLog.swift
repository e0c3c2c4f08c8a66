internal import HTTPServer
internal import Telemetry

/// One line for each request that could change something, or that we failed: who had what done, and whether it was. Nothing of its
/// path's parameters, its query or its body is in it.
struct WriteLog: Sendable {
    private let logger: Logger
    /// Refusals cost a caller nothing, so they must not fill the log.
    private let refusals = LogPace(atMost: 20)
    /// While a database is away every request fails.
    private let failures = LogPace(atMost: 20)

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// Of a request that has its answer; of one with a status from 500 on `failed` has told.
    ///
    /// - Parameters:
    ///   - caller: who asked, as far as that is known; the key's name
    ///   - start: when the request came to its handler
    func note(
        _ operation: Operation, status: Int, caller: Caller?, trace: RequestTrace, since start: ContinuousClock.Instant
    ) {
        // What services ask each other follows from what a caller asked them, or is housekeeping.
        let level = operation.access == .inside || operation.method == .get ? LogLevel.debug : .info
        guard status < 500, logger.isEnabled(level), status < 400 || refusals.takes() else { return }
        logger.log(
            level, status < 400 ? "a request was done" : "a request was refused",
            fields: Self.fields(operation, status, caller, trace.context, since: start))
    }

    /// Of a request that failed by our fault, also one that only asks. `error`: why, which may be more than its caller is told.
    func failed(
        _ operation: Operation, status: Int, caller: Caller?, trace: TraceContext, since start: ContinuousClock.Instant,
        error: String
    ) {
        guard status == 500 || failures.takes() else { return }
        logger.log(
            status == 500 ? .error : .warning,
            status == 500 ? "a request failed unexpectedly" : "a request was refused",
            fields: Self.fields(operation, status, caller, trace, since: start) + [("error", error)])
    }

    /// Of a request that was refused before its operation looked at it: by the server, or by what stands before all operations.
    ///
    /// - Parameters:
    ///   - traceID: what its caller was told; nil where it was told none
    ///   - client: where it came from, as nobody looked at a key of its caller; nil over a Unix socket
    ///   - duration: nil where it was refused at once
    func refused(
        _ method: String, _ route: String?, status: Int, traceID: String?, client: ClientAddress? = nil,
        took duration: Duration? = nil
    ) {
        // What is asked for in the wrong place is of no interest to operators; what there is no room for is.
        let level: LogLevel =
            switch status {
            case 404, 405: .debug
            case 500...: .warning
            default: .info
            }
        guard logger.isEnabled(level), (status < 500 ? refusals : failures).takes() else { return }
        var fields: [LogField] = [("method", method)]
        if let route { fields.append(("route", route)) }
        fields.append(("status", String(status)))
        // The network alone of an IPv6 address, whose other half may be a person's device.
        if let client { fields.append(("client", client.client.description)) }
        if let traceID { fields.append(("trace_id", traceID)) }
        if let duration { fields.append(("duration_ms", Self.milliseconds(duration))) }
        logger.log(level, "a request was refused", fields: fields)
    }

    private static func fields(
        _ operation: Operation, _ status: Int, _ caller: Caller?, _ trace: TraceContext,
        since start: ContinuousClock.Instant
    ) -> [LogField] {
        var fields: [LogField] = []
        fields.reserveCapacity(8)
        fields.append(("method", operation.method.rawValue))
        fields.append(("route", operation.pattern))
        fields.append(("status", String(status)))
        if let caller { fields.append(("caller", caller.name)) }
        fields.append(("trace_id", trace.traceID))
        // By which its span is found, where there is one.
        if trace.isSampled { fields.append(("span_id", trace.spanID)) }
        fields.append(("duration_ms", milliseconds(.now - start)))
        return fields
    }

    /// To a tenth.
    private static func milliseconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let tenths = seconds * 10_000 + attoseconds / 100_000_000_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}
