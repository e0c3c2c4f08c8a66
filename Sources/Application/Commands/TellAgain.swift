import Arguments
import Databases
import EventLog
import Events
import ExactText
import Foundation
import Identifiers
import Inbox
import LogTools
import Notifications
import Progress
import ServiceLife
import Shop
import Timestamps

/// `groups rewind --again`: moves the offsets and writes down in the notification database what is to be told again, so that
/// the service reads these events and tells once more, each of them once.
struct TellAgain {
    private static let page = 1_000

    let log: any EventLog
    let arguments: ParsedArguments
    let shutdown: ShutdownSignal

    func run(_ group: String, _ places: [LogPlace]) async throws -> Int32 {
        var plan = try await RewindPlan.make(group: group, to: places, topic: arguments.value("topic"), log: log)
        let told = try await events(places)
        if let order = arguments.value("order") {
            guard !told.isEmpty else {
                throw Failure("no event of order \(order) from there on tells anyone anything: is it the order's id?")
            }
            plan = narrowed(plan, to: told)
        }
        if !plan.moves.isEmpty { _ = RewindCommand.show(plan) }

        let location = try CommonOptions.databaseLocation("notification", arguments)
        if case .sqlite(let path) = location, !FileManager.default.fileExists(atPath: path) {
            throw Failure(
                "there is no database at \(path): name the notification service's with --notification-database")
        }
        // The service must be down, and of a SQLite file is kept down: it has one owner.
        let database = try await NotificationDatabase.open(location, for: .service)
        do {
            let isKeptDown = if case .sqlite = location { true } else { false }
            let code = try await ask(plan, told, database.store, isKeptDown: isKeptDown)
            await database.connection.close()
            return code
        } catch {
            await database.connection.close()
            throw error
        }
    }

    private func ask(
        _ plan: RewindPlan, _ told: [Told], _ store: any NotificationReader & RepeatRequests, isKeptDown: Bool
    ) async throws -> Int32 {
        var handled: [Told] = []
        for start in stride(from: 0, to: told.count, by: Self.page) {
            let page = told[start..<min(start + Self.page, told.count)]
            let entered = try await store.entered(page.map(\.event))
            handled += page.filter { entered.contains($0.event) }
        }
        let people = Set(handled.map(\.customer)).count
        let count = handled.reduce(0) { $0 + $1.notifications }
        guard count > 0 else {
            print("none of these events has told anyone yet: nothing to tell again")
            return 0
        }
        print(
            "\(count) \(count == 1 ? "notification goes" : "notifications go") again to \(people) "
                + "\(people == 1 ? "person" : "people"), marked as a repeat")
        guard try LogTool.isConfirmed("Tell them again?", arguments, shutdown) else { return 1 }
        // Whoever was asked may have taken a while.
        guard try await log.members(group: plan.group).members.isEmpty else {
            throw Failure("\(plan.group) has become active: stop its service first")
        }
        let events = handled.map(\.event)
        if isKeptDown {
            // First the offsets: a crash in between only has events read again that tell nobody anything, and the same
            // command goes on.
            try await log.moveOffsets(group: plan.group, to: plan.positions)
            try await ask(again: events, store) {}
        } else {
            // First what is asked for: a replica that starts in between would read the events before.
            try await ask(again: events, store) {
                try await log.moveOffsets(group: plan.group, to: plan.positions)
            }
        }
        print("they are told when the notification service starts")
        return 0
    }

    /// Asks, and does what follows; where that fails, what was asked for is taken back, so that no later reading tells anyone
    /// again unexpectedly. What waits already, of an earlier call that came no further, is not asked for twice.
    private func ask(
        again events: [Identifier], _ store: any RepeatRequests, then follow: () async throws -> Void
    ) async throws {
        var asked: [Identifier] = []
        var asking: [Identifier] = []
        do {
            for page in pages(of: events) {
                asking = page
                asked += try await store.ask(again: page)
                asking = []
            }
            try await follow()
        } catch {
            do {
                // Of a page that failed nobody knows whether it was written down.
                for page in pages(of: asked + asking) { try await store.withdraw(page) }
            } catch let second {
                throw Failure(
                    "\(error); and what was asked for can't be taken back (\(second)): customers are told again when these "
                        + "events are next read. Run the same command again, which goes on")
            }
            throw Failure("\(error); what this call asked for is taken back")
        }
    }

    private func pages(of events: [Identifier]) -> [[Identifier]] {
        stride(from: 0, to: events.count, by: Self.page).map {
            Array(events[$0..<min($0 + Self.page, events.count)])
        }
    }

    /// An event that told someone something.
    private struct Told {
        var event: Identifier
        var position: LogPosition
        var customer: String
        var notifications: Int
    }

    /// From these places to the end: what is not handled yet is sorted out by the inbox, whatever the offsets say.
    private func events(_ places: [LogPlace]) async throws -> [Told] {
        let selection = LogSelection(topics: [Topics.orders], key: try LogTool.key(arguments, on: [Topics.orders]))
        var stretches: [LogSelection.Stretch] = []
        for place in places {
            stretches += try await LogSelection(topics: [Topics.orders], from: place).stretches(of: log)
        }
        let reader = LogReader(log, stretches)
        let progress = Progress()
        progress.begin("looking for events", total: reader.remaining ?? 0)
        defer { progress.end() }
        var told: [Told] = []
        var seen: Set<Identifier> = []
        while true {
            try Task.checkCancellation()
            let records = try await reader.next()
            if records.isEmpty { return told }
            progress.advance(by: records.count)
            for record in records
            where selection.matches(record) && Redrive.isMeant(for: Topics.notificationGroup, record) {
                guard let event = try? OrderEvent(record), seen.insert(event.id).inserted else { continue }
                let notifications = Notification.of(event, at: .now())
                guard let customer = event.order.customer, !notifications.isEmpty else { continue }
                told.append(
                    Told(
                        event: event.id, position: record.position, customer: customer.email.string,
                        notifications: notifications.count))
            }
        }
    }

    /// Only as far back as these events are.
    private func narrowed(_ plan: RewindPlan, to told: [Told]) -> RewindPlan {
        var plan = plan
        plan.moves = plan.moves.compactMap { move in
            let offsets = told.filter { $0.position.partition == move.partition && $0.position.topic == move.topic }
                .map(\.position.offset)
            guard let first = offsets.min(), first < move.from else { return nil }
            var move = move
            move.to = first
            return move
        }
        return plan
    }
}
