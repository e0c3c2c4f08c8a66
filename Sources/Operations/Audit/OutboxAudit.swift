import EventLog
import Events
import ExactText
import Identifiers
import Outbox
import SQLite
import Timestamps

/// What waits in the outboxes, and what they published that the log has lost.
final class OutboxAudit {
    /// Seconds.
    private static let mayWait = 60.0
    private static let page = 1_000

    private let sources: AuditSources
    private let scratch: Scratch
    private let scan: LogScan

    init(sources: AuditSources, scratch: Scratch, scan: LogScan) {
        self.sources = sources
        self.scratch = scratch
        self.scan = scan
    }

    private var outboxes: [(name: String, reader: any OutboxReader, events: String)] {
        [
            ("order", sources.orderOutbox, "events"),
            ("inventory", sources.inventoryOutbox, "inventory_events"),
        ]
    }

    /// Notes what waits, for the orders that miss it.
    func noteWaiting() async throws {
        try await scratch.database.write { try $0.execute("DELETE FROM waiting") }
        try await forEachPage { _, _, page in
            let waiting = page.filter { !$0.isPublished }
            guard !waiting.isEmpty else { return }
            try await scratch.database.write { connection in
                _ = try connection.insert(
                    into: "waiting", ["event_id", "subject", "type"],
                    waiting.flatMap { entry -> [SQLiteValue] in
                        let event = entry.row.event.event
                        return [.blob(event.id.bytes), .text(event.subject.string), .text(event.type)]
                    }, suffix: "ON CONFLICT DO NOTHING")
            }
        }
    }

    /// Judges every row. Published rows are read before the log is read on, so that the log must have them by then.
    /// `republish`: what it lacks is sent to it again, in the order of the outbox; answers how many that were.
    func judge(republish: Bool, into report: inout AuditReport) async throws -> Int {
        var sentAgain = 0
        try await forEachPage { name, events, page in
            report.count(.outbox, page.count)
            for entry in page where !entry.isPublished { judgeWaiting(entry, of: name, into: &report) }
            let lost = try await lost(page, notIn: events)
            guard !lost.isEmpty else { return }
            // The log may have been read before they were published.
            try await scan.run()
            var stillLost = try await self.lost(lost, notIn: events)
            if republish, !stillLost.isEmpty {
                sentAgain += try await send(stillLost)
                try await scan.run()
                stillLost = try await self.lost(stillLost, notIn: events)
            }
            for entry in stillLost {
                let event = entry.row.event.event
                report.add(
                    AuditFinding(
                        check: .outbox, subject: "event \(event.id)",
                        problem:
                            "the \(name) service published \(event.type) of \(event.subject), and the log has lost "
                            + "it; `orderlog audit --republish` sends it again"))
            }
        }
        return sentAgain
    }

    private func judgeWaiting(_ entry: OutboxEntry, of service: String, into report: inout AuditReport) {
        let event = entry.row.event.event
        let age = Timestamp.now().seconds(since: event.time)
        let what = "\(event.type) of \(event.subject)"
        if let refused = entry.refused {
            report.add(
                AuditFinding(
                    check: .outbox, subject: "event \(event.id)", problem: "the log refuses \(what): \(refused)"))
        } else {
            report.add(
                AuditFinding(
                    check: .outbox, subject: "event \(event.id)",
                    problem: "\(what) has waited in the \(service) service's outbox for \(Int(age)) s",
                    isInFlight: age <= Self.mayWait))
        }
    }

    private func lost(_ entries: [OutboxEntry], notIn events: String) async throws -> [OutboxEntry] {
        let published = entries.filter(\.isPublished)
        let missing = Set(try await scratch.missing(published.map(\.row.event.event.id), from: events))
        return published.filter { missing.contains($0.row.event.event.id) }
    }

    private func send(_ entries: [OutboxEntry]) async throws -> Int {
        var sent = 0
        for result in await sources.log.append(entries.map { $0.row.event.event.record(topic: $0.row.event.topic) }) {
            _ = try result.get()
            sent += 1
        }
        return sent
    }

    private func forEachPage(
        _ body: (_ service: String, _ events: String, [OutboxEntry]) async throws -> Void
    ) async throws {
        for outbox in outboxes {
            var position: Int64 = 0
            while true {
                let page = try await outbox.reader.entries(after: position, limit: Self.page)
                guard let last = page.last else { break }
                try await body(outbox.name, outbox.events, page)
                position = last.row.position
            }
        }
    }
}

extension Scratch {
    /// The types of events of an order or a product that wait in an outbox.
    func waiting(of subject: String) async throws -> Set<String> {
        try await database.read { connection in
            Set(try connection.rows("SELECT type FROM waiting WHERE subject = ?", [.text(subject)]) { $0.text(0) })
        }
    }
}
