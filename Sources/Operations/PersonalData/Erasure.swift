import Databases
import EventLog
import Events
package import ExactText
import Idempotency
import Identifiers
import Notifications
import Orders
import Outbox
import Timestamps

/// Erases a customer out of databases and log, while the services run.
///
/// What stands in the order service's row is found by the e-mail, and all else by what that row, or the log, says. So the
/// rows go last: whoever stops this anywhere, and says it again, finds what is left. Before anything is changed, all that is
/// on its way must have arrived, for a service that is about to write something down has it in memory.
package struct Erasure: Sendable {
    /// Things changed in one transaction: about as many orders as the services batch.
    private static let portion = 200
    /// What came meanwhile is looked for so often.
    private static let rounds = 3

    private let sources: CustomerSources
    /// Also orders that are confirmed or shipped, and messages that wait to be sent, which then never are.
    private let includesOpen: Bool
    /// How long what is on its way may take.
    private let patience: Duration

    package init(_ sources: CustomerSources, includesOpen: Bool, patience: Duration) {
        self.sources = sources
        self.includesOpen = includesOpen
        self.patience = patience
    }

    private var embedded: EmbeddedEventLog? { sources.log as? EmbeddedEventLog }

    /// Throws what a database or the log throws: then it is not known what is left, and it can be said again.
    package func run(_ email: ExactText, isDryRun: Bool) async throws -> ErasureReport {
        var report = ErasureReport()
        report.isDryRun = isDryRun
        let search = CustomerSearch(email, in: sources)
        try await search.run()
        report.counts = counts(search)
        report.otherSpellings = search.spellings.count
        if isDryRun {
            report.kept = try await kept(search)
            report.obstacles = try await obstacles(search)
            return report
        }
        report.obstacles = try await awaitRest(search)
        guard report.obstacles.isEmpty else { return report }
        report.counts = counts(search)
        for round in 0..<Self.rounds {
            try await erase(search)
            try await search.run()
            let late = counts(search)
            guard late != ErasureReport.Counts() else { break }
            report.late = late
            guard round + 1 < Self.rounds, try await awaitRest(search).isEmpty else { break }
            report.counts += late
            report.late = ErasureReport.Counts()
        }
        for database in sources.databases { try await database.sweep(patience) }
        try await embedded?.sweep(within: patience)
        report.kept = try await kept(search)
        return report
    }

    /// On Kafka records are not erased, and counted where they are kept.
    private func counts(_ search: CustomerSearch) -> ErasureReport.Counts {
        ErasureReport.Counts(
            orders: search.orders.count, outboxRows: search.outboxRows.count,
            records: embedded == nil ? 0 : search.records.count, messages: search.messages.count,
            answers: search.answers.count)
    }

    // MARK: - Rest

    private func awaitRest(_ search: CustomerSearch) async throws -> [String] {
        let end = ContinuousClock.now + patience
        while true {
            let obstacles = try await obstacles(search)
            // Who has an order that is open will have it for longer than this waits.
            if obstacles.isEmpty || ContinuousClock.now >= end || (!includesOpen && !search.open.isEmpty) {
                return obstacles
            }
            try await Task.sleep(for: .milliseconds(250))
            try await search.lookAgain()
        }
    }

    private func obstacles(_ search: CustomerSearch) async throws -> [String] {
        var obstacles: [String] = []
        if !includesOpen, !search.open.isEmpty {
            obstacles.append(
                "\(search.open.count) orders are confirmed or shipped: deliver or cancel them first, or say --open to "
                    + "erase their customer all the same, whom nobody can reach then")
        }
        if !includesOpen, !search.queued.isEmpty {
            obstacles.append(
                "\(search.queued.count) messages wait to be sent: let them be, or say --open, and they never are")
        }
        if search.unsentRows > 0 {
            obstacles.append(
                "\(search.unsentRows) events wait in the order service's outbox: `orderlog outbox list` says why")
        }
        for group in [Topics.notificationGroup, Topics.inventoryGroup] {
            let unread = try await search.unread(by: group)
            if unread > 0 {
                obstacles.append("\(unread) events were not handled yet by \(group): start it, or see its /health")
            }
        }
        return obstacles
    }

    // MARK: - Erasing

    private func erase(_ search: CustomerSearch) async throws {
        let now = Timestamp.now()
        // One that is placed from now on is told to its customer: it is found by the next round.
        let theirs = search.customer.orders
        try await eraseAnswers(search)
        for portion in search.messages.portions(of: Self.portion) { try await sources.notifications.erase(portion) }
        if let embedded {
            for portion in search.records.portions(of: Self.portion) {
                try await erase(portion.map(\.position), on: embedded, search.customer.email, at: now)
            }
            search.forgetRecords()
        }
        for portion in search.orders.portions(of: Self.portion) { try await sources.orders.erase(portion) }
        // Behind the rows: what is told of an order from now on is told of nobody.
        var rows: [(position: Int64, data: [UInt8])] = []
        try await search.forEachRow { position, _, order in
            guard theirs.contains(order.orderID) else { return }
            rows.append((position, ErasedRecord.data(of: order)))
            guard rows.count == Self.portion else { return }
            try await sources.outbox.replaceData(of: rows)
            rows = []
        }
        if !rows.isEmpty { try await sources.outbox.replaceData(of: rows) }
    }

    private func eraseAnswers(_ search: CustomerSearch) async throws {
        for key in search.answers {
            // The one behind the key before it: an answer may have grown too old meanwhile.
            let kept = try await sources.notifications.firstAnswers(after: key.predecessor, limit: 1).first
            guard let kept, kept.key == key else { continue }
            var told: [Notification] = []
            for content in NotifyAnswer.contents(of: kept.body) {
                guard var notification = try await sources.notifications.notification(content.id) else { continue }
                // As it was answered at first.
                notification.attempts = 0
                notification.sentAt = nil
                notification = notification.erased
                notification.status = .queued
                told.append(notification)
            }
            try await sources.notifications.replace([KeptAnswer(key: key, body: NotifyAnswer.json(told))])
        }
    }

    private func erase(
        _ places: [LogPosition], on log: EmbeddedEventLog, _ email: ExactText, at now: Timestamp
    ) async throws {
        var records: [StoredRecord] = []
        for place in places {
            // Its topic may have dropped it meanwhile.
            let record = try await log.read(
                topic: place.topic, partition: place.partition, from: place.offset, limit: 1
            ).first
            guard let record, record.position == place, !record.isErased else { continue }
            records.append(ErasedRecord.of(record, email, at: now))
        }
        try await log.replace(records)
    }

    // MARK: - What is left

    private func kept(_ search: CustomerSearch) async throws -> ErasureReport.Kept? {
        guard embedded == nil, !search.records.isEmpty else { return nil }
        let topics = Set(search.records.map(\.position.topic))
        let retention = Dictionary(
            try await sources.log.describe(topics.sorted()).map { ($0.name, $0.retention) }
        ) { first, _ in first }
        let ends = search.records.map { found in
            (retention[found.position.topic] ?? nil).map { found.timestamp.milliseconds + $0 }
        }
        let last = ends.contains(nil) ? nil : ends.compactMap(\.self).max()
        return ErasureReport.Kept(
            records: search.records.count, until: last.map { Timestamp(milliseconds: $0) })
    }
}

extension Array {
    /// Parts of it, in its order, of so many each and perhaps fewer in the last.
    func portions(of count: Int) -> [[Element]] {
        stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
    }
}

extension Identifier {
    /// The one before it in the order of their bytes; nil: it is the first.
    fileprivate var predecessor: Identifier? {
        if low > 0 { return Identifier(high: high, low: low - 1) }
        return high > 0 ? Identifier(high: high - 1, low: .max) : nil
    }
}
