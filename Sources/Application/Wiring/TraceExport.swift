import Identifiers
import ServiceLife
import Telemetry
import Tracing

/// What sends the traces of this process to a receiver; there only where one was named.
struct TraceExport: Sendable {
    private let settings: TracingSettings
    private let queue: SpanQueue
    private let sender: SpanSender
    private let log: String

    init(_ settings: TracingSettings, log: LogSettings, logger: Logger) {
        self.settings = settings
        queue = SpanQueue(capacity: settings.capacity, batch: settings.batch)
        sender = SpanSender(
            queue, settings,
            TraceResource(
                version: Orderlog.version, instance: Identifier.time().description, attributes: settings.attributes),
            logger: logger)
        self.log = if case .kafka = log { "kafka" } else { "orderlog" }
    }

    /// Of one service.
    func tracer(of service: String) -> Tracer {
        Tracer(
            service: settings.service ?? "orderlog-\(service)", sampler: settings.sampler, queue: queue, log: log)
    }

    func start() { sender.start() }

    /// After all else: sends what there is, for a second at most.
    func stop() async { await sender.stop() }
}
