import EventLog
import Events
import ExactText
import Identifiers
import Outbox
import SQLite
import Timestamps

/// What is done about events that an outbox published and the log has lost.
package enum Republish: Sendable, Hashable {
    /// They are sent again, but for those of a key that has later ones on the log or about to go there: behind these they
    /// would stand for good.
    case inOrder
    /// They are sent again, wherever they come to stand.
    case anyOrder
}

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
    func judge(republish: Republish?, into report: inout AuditReport) async throws -> Int {
        var hasLost = false
        try await forEachPage { name, events, page in
            report.count(.outbox, page.count)
            for entry in page where !entry.isPublished { judgeWaiting(entry, of: name, into: &report) }
            let lost = try await lost(page, notIn: events)
            guard !lost.isEmpty else { return }
            // The log may have been read before they were published.
            try await scan.run()
            let stillLost = try await self.lost(lost, notIn: events)
            try await scratch.noteLost(stillLost, of: name)
            hasLost = hasLost || !stillLost.isEmpty
        }
        guard hasLost else { return 0 }
        try await forEachPage { name, _, page in try await scratch.noteOvertaken(by: page, of: name) }
        return try await judgeLost(republish, into: &report)
    }

    private func judgeLost(_ republish: Republish?, into report: inout AuditReport) async throws -> Int {
        var sentAgain = 0
        try await forEachPage { name, events, page in
            let lost = try await scratch.lost(page, of: name)
            let isSent = { (later: String?) in republish == .anyOrder || (republish == .inOrder && later == nil) }
            let again = lost.filter { isSent($0.later) }.map(\.entry)
            var arrived: Set<Int64> = []
            if !again.isEmpty {
                sentAgain += try await send(again)
                try await scan.run()
                let missing = Set(try await self.lost(again, notIn: events).map(\.row.position))
                arrived = Set(again.map(\.row.position)).subtracting(missing)
            }
            for (entry, later) in lost where !arrived.contains(entry.row.position) {
                report.add(finding(entry, of: name, later: later))
            }
        }
        return sentAgain
    }

    /// `later`: what stands behind it in the outbox and is not lost.
    private func finding(_ entry: OutboxEntry, of service: String, later: String?) -> AuditFinding {
        let event = entry.row.event.event
        let advice =
            if let later {
                "but \(later): sent again it would stand behind that for good, which "
                    + "`orderlog audit --republish --out-of-order` does all the same"
            } else {
                "`orderlog audit --republish` sends it again"
            }
        return AuditFinding(
            check: .outbox, subject: "event \(event.id)",
            problem: "the \(service) service published \(event.type) of \(event.subject), and the log has lost it"
                + (later == nil ? "; " : ", ") + advice)
    }

    private func judgeWaiting(_ entry: OutboxEntry, of service: String, into report: inout AuditReport) {
        let event = entry.row.event.event
        let age = Timestamp.now().seconds(since: event.time)
        let what = "\(event.type) of \(event.subject)"
        if let refusal = entry.refusal {
            report.add(
                AuditFinding(
                    check: .outbox, subject: "event \(event.id)",
                    problem:
                        "the log refuses \(what) since \(refusal.since.rfc3339), tried \(refusal.tries) times, and "
                        + "`orderlog outbox list` shows it: \(refusal.reason)"))
        } else {
            report.add(
                AuditFinding(
                    check: .outbox, subject: "event \(event.id)",
                    problem: "\(what) has waited in the \(service) service's outbox for \(Int(age)) s"
                        + (entry.isBehind ? ", behind one that the log refuses" : ""),
                    isInFlight: age <= Self.mayWait))
        }
    }

    private func lost(_ entries: [OutboxEntry], notIn events: String) async throws -> [OutboxEntry] {
        let published = entries.filter(\.isPublished)
        let missing = Set(try await scratch.missing(published.map(\.row.event.event.id), from: events))
        return published.filter { missing.contains($0.row.event.event.id) }
    }

    /// In rounds, of each key one at a time: when one fails, none of its key goes before it.
    private func send(_ entries: [OutboxEntry]) async throws -> Int {
        var sent = 0
        var waiting = entries
        while !waiting.isEmpty {
            var keys: Set<ExactText> = []
            var later: [OutboxEntry] = []
            var round: [LogRecord] = []
            for entry in waiting {
                let event = entry.row.event
                if keys.insert(event.event.subject).inserted {
                    round.append(event.event.record(topic: event.topic))
                } else {
                    later.append(entry)
                }
            }
            for result in await sources.log.append(round) {
                _ = try result.get()
                sent += 1
            }
            waiting = later
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

extension Scratch {
    func noteLost(_ entries: [OutboxEntry], of service: String) async throws {
        guard !entries.isEmpty else { return }
        try await database.write { connection in
            _ = try connection.insert(
                into: "lost", ["service", "position", "subject"],
                entries.flatMap { entry -> [SQLiteValue] in
                    [.text(service), .integer(entry.row.position), .text(entry.row.event.event.subject.string)]
                }, suffix: "ON CONFLICT DO NOTHING")
        }
    }

    /// Notes the keys of lost events that have a later one among these entries which is not lost.
    func noteOvertaken(by entries: [OutboxEntry], of service: String) async throws {
        try await database.write { connection in
            for entry in entries {
                let event = entry.row.event.event
                let values: [SQLiteValue] = [.text(service), .text(event.subject.string), .integer(entry.row.position)]
                let first = try connection.first(
                    "SELECT min(position) FROM lost WHERE service = ? AND subject = ? AND position < ?", values
                ) { $0.optionalInt(0) }
                guard let first, first != nil else { continue }
                let isLost = try connection.first(
                    "SELECT 1 FROM lost WHERE service = ? AND position = ?",
                    [.text(service), .integer(entry.row.position)], { _ in true })
                guard isLost == nil else { continue }
                try connection.execute(
                    "INSERT INTO overtaken (service, subject, later) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    [
                        .text(service), .text(event.subject.string),
                        .text(entry.isPublished ? "has its \(event.type)" : "its \(event.type) waits in the outbox"),
                    ])
            }
        }
    }

    /// Those of these entries that the log has lost, and what is later than they are.
    func lost(_ entries: [OutboxEntry], of service: String) async throws -> [(entry: OutboxEntry, later: String?)] {
        try await database.read { connection in
            try entries.compactMap { entry in
                let found = try connection.first(
                    """
                    SELECT o.later FROM lost l LEFT JOIN overtaken o ON o.service = l.service AND o.subject = l.subject
                    WHERE l.service = ? AND l.position = ?
                    """, [.text(service), .integer(entry.row.position)]
                ) { $0.optionalText(0) }
                return found.map { (entry, $0) }
            }
        }
    }
}
