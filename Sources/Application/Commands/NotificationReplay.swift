import Databases
import EventLog
import Events
import Identifiers
import Inbox
import JSON
import LogTools
import Notifications
import Progress
import Replay
import SQLite
import Telemetry

/// One replay of the notification service.
struct NotificationReplay {
    let setting: ReplayCommand.Setting
    let wording: Wording
    /// Everything on the log was replayed: what only the live service knows is missing.
    let isWhole: Bool
    let patience: Duration
    let isJSON: Bool
    let isDelivering: Bool

    private var store: SQLiteNotificationStore { SQLiteNotificationStore(setting.scratch, wording: wording) }

    func run() async throws -> Int32 {
        let before = try await store.count()
        var report = ReplayReport()
        var dead: Set<Identifier> = []
        setting.progress.begin("replaying", total: setting.source.records.remaining ?? 0)
        try await replay(&report, &dead)
        setting.progress.end()
        let outcome = try await compareWithLive(&report, &dead)
        try printReport(report, made: try await store.count() - before, outcome)
        return outcome.map { $0.differences > 0 ? 1 : 0 } ?? 0
    }

    /// To the end of the source, as it is known.
    private func replay(_ report: inout ReplayReport, _ dead: inout Set<Identifier>) async throws {
        let replay = Replay(
            group: Topics.notificationGroup,
            handler: OrderNotificationHandler { [store] in try await store.receive($0, $1, nil).handled },
            batch: setting.batch, logger: .silent)
        let sender = isDelivering ? self.sender() : nil
        try await replay.run(setting.source.records, into: &report) { records, failed in
            for letter in failed {
                if let id = letter.record.eventIdentity { dead.insert(id) }
            }
            if let sender { try await show(records, from: store, sender) }
        }
        guard Task.isCancelled else { return }
        let place = report.last.map { ", up to \($0.text)" } ?? ""
        throw Stopped("\(report.text)\(place); with --into the same command goes on")
    }

    private func compareWithLive(
        _ report: inout ReplayReport, _ dead: inout Set<Identifier>
    ) async throws -> NotificationComparison.Outcome? {
        guard let location = setting.live else { return nil }
        guard report.read > 0 else { throw ReplayCommand.nothingSelected }
        let live = try await NotificationDatabase.open(location, for: .tool)
        do {
            let outcome = try await compare(live.store, &report, &dead)
            await live.connection.close()
            return outcome
        } catch {
            await live.connection.close()
            throw error
        }
    }

    private func compare(
        _ live: any NotificationReader, _ report: inout ReplayReport, _ dead: inout Set<Identifier>
    ) async throws -> NotificationComparison.Outcome {
        let comparison = NotificationComparison(
            replayed: store, live: live, patience: patience, progress: setting.progress)
        var begin = LogBegin()
        if let log = setting.source.logReader?.log { begin = try await LogBegin.read(log) }
        return try await comparison.run(
            dead: { dead }, isWhole: isWhole, begin: begin,
            readOn: {
                try await setting.source.logReader?.extend()
                try await replay(&report, &dead)
            },
            found: { if isJSON { printJSON($0.json()) } else { print($0.text) } })
    }

    private func printReport(
        _ report: ReplayReport, made: Int64, _ outcome: NotificationComparison.Outcome?
    ) throws {
        guard isJSON else {
            print("\(report.text)\n\(made) notifications made")
            if let outcome, outcome.beforeLog > 0 { print("\(outcome.beforeLog) events are before the log's begin") }
            if let outcome {
                print(
                    outcome.differences == 0
                        ? "\(outcome.compared) events compared: all as it is live"
                        : "\(outcome.compared) events compared: \(outcome.differences) notifications differ from what is live"
                )
            }
            return
        }
        var json = JSONWriter()
        json.object { json in
            report.write(to: &json)
            json.field("notifications", made)
            if let outcome {
                json.field("compared", outcome.compared)
                json.field("differences", outcome.differences)
                json.field("before_log", outcome.beforeLog)
            }
        }
        printJSON(json.finish())
    }

    // MARK: - What would be sent

    private func sender() -> SimulatedSender {
        let logger = Logger(
            service: "replay", level: .info, format: isJSON ? .json : .text, sink: LogSink(descriptor: 1))
        return SimulatedSender(provider: SQLiteSimulatedProvider(setting.scratch), logger: logger)
    }

    private func show(
        _ records: [StoredRecord], from store: SQLiteNotificationStore, _ sender: SimulatedSender
    ) async throws {
        let events = records.compactMap(\.eventIdentity)
        let made = try await store.notifications(ofEvents: events)
        for case let failure? in await sender.send(events.flatMap { made[$0] ?? [] }) { throw Failure(failure.message) }
    }
}
