import Causes
import EventLog
import Identifiers
import Telemetry
import Timestamps
import Tracing

/// Sends rows to the log and notes in the outbox what became of them.
struct OutboxSender: Sendable {
    struct Sent: Sendable {
        /// Rows that the log has.
        var published: [Int64] = []
        var refused: [(event: CloudEvent, refusal: OutboxRefusal)] = []
        /// What the log did not take, for reasons of its own: it is away, full, slow.
        var failed: [Failure] = []

        /// Whether the log said something of some of them.
        var wasAnswered: Bool { !published.isEmpty || !refused.isEmpty }
    }

    struct Failure: Sendable {
        var row: OutboxRow
        var error: EventLogError

        /// The partition may be the trouble, and not the log.
        var isOfPartition: Bool { error.kind == .unavailable && error.partition != nil }
    }

    let store: any OutboxStore
    let status: OutboxStatus
    let away: AwayPartitions
    let tracer: Tracer
    let figures: OutboxFigures
    private let tries = SendTries()
    private let unmarked = UnmarkedSends()

    /// Sends rows and notes what became of them. Nothing is sent before what was sent earlier is marked, or a database that takes no
    /// marks would have it sent again with each try. `append`: the log's, or its `probe`.
    func send(
        _ rows: [OutboxRow], by append: ([LogRecord]) async -> [Result<LogPosition, EventLogError>]
    ) async throws -> Sent {
        // They may have been read before these were marked.
        let before = try await mark()
        var sent = await handOver(rows.filter { !before.contains($0.position) }, by: append)
        unmarked.add(sent.published)
        _ = try await mark()
        sent.published += rows.map(\.position).filter(before.contains)
        try await noteRefused(sent)
        return sent
    }

    /// Sends rows, and leaves it to the caller to note what became of them: whatever its database does then, the caller knows what the
    /// log has.
    func handOver(
        _ rows: [OutboxRow], by append: ([LogRecord]) async -> [Result<LogPosition, EventLogError>]
    ) async -> Sent {
        var sent = Sent()
        guard !rows.isEmpty else { return sent }
        let spans = spans(of: rows)
        figures.sizes.observe(Double(rows.count))
        let results = await append(rows.map { $0.event.event.record(topic: $0.event.topic) })
        end(spans, rows, results)
        let now = Timestamp.now()
        for (row, result) in zip(rows, results) {
            switch result {
            case .success:
                sent.published.append(row.position)
                figures.published(row.event.event, at: now)
            case .failure(let error) where error.kind == .refused:
                let refusal = OutboxRefusal(position: row.position, reason: error.message)
                sent.refused.append((row.event.event, refusal))
            case .failure(let error):
                sent.failed.append(Failure(row: row, error: error))
            }
        }
        figures.note(published: sent.published.count, refused: sent.refused.count)
        return sent
    }

    /// Answers which.
    private func mark() async throws -> Set<Int64> {
        let positions = unmarked.all
        guard !positions.isEmpty else { return [] }
        try await store.markPublished(positions.sorted())
        unmarked.remove(positions)
        return positions
    }

    func noteRefused(_ sent: Sent) async throws {
        if !sent.refused.isEmpty { try await store.markRefused(sent.refused.map(\.refusal)) }
    }

    private func spans(of rows: [OutboxRow]) -> SharedSpans? {
        var spans = tracer.beginShared("send", .producer) {
            rows.map { TraceContext.recorded($0.event.event.cause.traceparent, $0.event.event.cause.tracestate) }
        }
        spans?.set("messaging.system", tracer.log)
        spans?.set("messaging.operation.name", "send")
        spans?.set("messaging.operation.type", "send")
        spans?.setEach { place, span in
            let event = rows[place].event
            span.set("messaging.destination.name", event.topic)
            span.set("messaging.message.id", event.event.id.description)
            span.set("orderlog.event.type", event.event.type)
        }
        return spans
    }

    private func end(
        _ spans: consuming SharedSpans?, _ rows: [OutboxRow], _ results: [Result<LogPosition, EventLogError>]
    ) {
        guard var spans else { return }
        spans.setEach { place, span in
            guard case .success(let position) = results[place] else {
                return tries.failed(rows[place].position, since: span.start)
            }
            span.set("messaging.destination.partition.id", String(position.partition))
            span.set("messaging.kafka.offset", Int(position.offset))
            guard let before = tries.succeeded(rows[place].position) else { return }
            span.set("orderlog.send.tries", before.count + 1)
            span.began(at: before.since)
        }
        spans.drop { if case .failure = results[$0] { true } else { false } }
        spans.end()
    }

    /// The partitions of these are away, and the log is not: they step aside with their keys.
    func putAside(_ failures: [Failure]) async throws {
        guard !failures.isEmpty else { return }
        let new = away.add(failures)
        for (partition, one) in new.sorted(by: { $0.key < $1.key }) { status.log(partition, isAway: one.reason) }
        try await store.putAside(failures.map { OutboxRefusal(position: $0.row.position, reason: $0.error.message) })
    }
}
