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

    private enum Service: String, CaseIterable {
        case order, inventory

        /// Where its events on the log are noted, as far as they were read in the second place.
        var events: String { self == .order ? "events" : "inventory_events" }

        func outbox(of sources: AuditSources) -> any OutboxReader {
            self == .order ? sources.orderOutbox : sources.inventoryOutbox
        }
    }

    /// What the outboxes had.
    struct Contents: Sendable {
        /// What the order service published, and the inventory service.
        var ofOrders: SortedFile<PublishedNote>
        var ofInventory: SortedFile<PublishedNote>
        /// What waits, and how many rows there are.
        var report: AuditReport
    }

    /// Reads every row, and notes what waits, for the orders that miss it.
    static func read(_ sources: AuditSources, into scratch: Scratch) async throws -> Contents {
        var report = AuditReport()
        var files: [SortedFile<PublishedNote>] = []
        for service in Service.allCases {
            let sorter = try Sorter<PublishedNote>()
            try await forEachPage(of: service.outbox(of: sources)) { page in
                report.count(.outbox, page.count)
                for entry in page where entry.isPublished {
                    try sorter.add(PublishedNote(key: entry.row.event.event.id, position: entry.row.position))
                }
                let waiting = page.filter { !$0.isPublished }
                for entry in waiting { judgeWaiting(entry, of: service, into: &report) }
                try await scratch.noteWaiting(waiting)
            }
            files.append(try sorter.finish())
        }
        return Contents(ofOrders: files[0], ofInventory: files[1], report: report)
    }

    /// Notes what waits now, and nothing else.
    func noteWaiting() async throws {
        try await scratch.database.write { try $0.execute("DELETE FROM waiting") }
        for service in Service.allCases {
            let reader = service.outbox(of: sources)
            var start: Int64 = 0
            // Where nothing is refused or put aside, nothing waits before the first whose turn it is.
            if try await reader.backlog() == OutboxBacklog() {
                guard let first = try await reader.oldestPending() else { continue }
                start = first.position - 1
            }
            try await Self.forEachPage(of: reader, after: start) { page in
                try await scratch.noteWaiting(page.filter { !$0.isPublished })
            }
        }
    }

    /// Judges what the log was not seen to have. `republish`: what it lacks is sent to it again, in the order of the outbox;
    /// answers how many that were.
    func judge(
        notOnLog ofOrders: SortedFile<PublishedNote>, ofInventory: SortedFile<PublishedNote>, republish: Republish?,
        into report: inout AuditReport
    ) async throws -> Int {
        var hasLost = false
        for (service, published) in [(Service.order, ofOrders), (.inventory, ofInventory)] {
            let outbox = service.outbox(of: sources)
            try await published.forEachPage { page in
                let missing = Set(try await missing(page.map(\.key), of: service))
                var lost: [OutboxEntry] = []
                for note in page where missing.contains(note.key) {
                    let row = try await outbox.entries(after: note.position - 1, limit: 1).first
                    guard let row, row.row.position == note.position, isLost(row) else { continue }
                    lost.append(row)
                }
                try await scratch.noteLost(lost, of: service.rawValue)
                hasLost = hasLost || !lost.isEmpty
            }
        }
        guard hasLost else { return 0 }
        for service in Service.allCases {
            try await Self.forEachPage(of: service.outbox(of: sources)) {
                try await scratch.noteOvertaken(by: $0, of: service.rawValue)
            }
        }
        return try await judgeLost(republish, into: &report)
    }

    /// Those that the log does not have, of events that it was not seen to have at first.
    private func missing(_ events: [Identifier], of service: Service) async throws -> [Identifier] {
        try await scratch.missing(events, from: service.events)
    }

    /// Whether it is lost when it is not there: it may have been dropped already, as was declared.
    private func isLost(_ entry: OutboxEntry) -> Bool {
        let event = entry.row.event.event
        guard entry.row.event.topic == Topics.orders, let order = Identifier(event.subject.string) else { return true }
        return !scan.begin.isAfter(event.time, of: order)
    }

    private func judgeLost(_ republish: Republish?, into report: inout AuditReport) async throws -> Int {
        var sentAgain = 0
        for service in Service.allCases {
            try await Self.forEachPage(of: service.outbox(of: sources)) { page in
                let lost = try await scratch.lost(page, of: service.rawValue)
                let isSent = { (later: String?) in
                    republish == .anyOrder || (republish == .inOrder && later == nil)
                }
                let again = lost.filter { isSent($0.later) }.map(\.entry)
                var arrived: Set<Identifier> = []
                if !again.isEmpty {
                    sentAgain += try await send(again)
                    try await scan.run()
                    let events = again.map(\.row.event.event.id)
                    arrived = Set(events).subtracting(try await missing(events, of: service))
                }
                for (entry, later) in lost where !arrived.contains(entry.row.event.event.id) {
                    report.add(finding(entry, of: service, later: later))
                }
            }
        }
        return sentAgain
    }

    /// `later`: what stands behind it in the outbox and is not lost.
    private func finding(_ entry: OutboxEntry, of service: Service, later: String?) -> AuditFinding {
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
            problem:
                "the \(service.rawValue) service published \(event.type) of \(event.subject), and the log has lost it"
                + (later == nil ? "; " : ", ") + advice)
    }

    private static func judgeWaiting(_ entry: OutboxEntry, of service: Service, into report: inout AuditReport) {
        let event = entry.row.event.event
        let age = Timestamp.now().seconds(since: event.time)
        let what = "\(event.type) of \(event.subject)"
        if let refusal = entry.refusal, refusal.nextTry != nil {
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
                    problem: "\(what) has waited in the \(service.rawValue) service's outbox for \(Int(age)) s"
                        + (entry.isBehind ? ", behind one that the log does not take" : "")
                        + (entry.refusal.map { ", for its partition: \($0.reason)" } ?? ""),
                    isInFlight: age <= mayWait))
        }
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

    private static func forEachPage(
        of reader: any OutboxReader, after start: Int64 = 0, _ body: ([OutboxEntry]) async throws -> Void
    ) async throws {
        try await readAhead { (last: OutboxEntry?) in
            try await reader.entries(after: last?.row.position ?? start, limit: page)
        } _: {
            try await body($0)
        }
    }
}
