package import Events
package import Identifiers
import Inbox
package import Notifications
package import Progress

/// Compares what a replay made with what is live, event by event. What was told again on request does not count.
package struct NotificationComparison: Sendable {
    private static let page = 500
    /// What is held at a time, in bytes of texts of both sides.
    private static let bytes = 4 << 20

    private let replayed: any NotificationReader
    private let live: any NotificationReader
    private let patience: Duration
    private let progress: Progress

    /// `patience`: how long the live service may take for events that it has not handled yet.
    package init(
        replayed: any NotificationReader, live: any NotificationReader, patience: Duration, progress: Progress
    ) {
        self.replayed = replayed
        self.live = live
        self.patience = patience
        self.progress = progress
    }

    package struct Outcome: Sendable, Hashable {
        /// Events that were compared.
        package var compared = 0
        package var differences = 0
        /// Events that only the live service knows, for the log has dropped them, as was declared.
        package var beforeLog = 0
    }

    /// - Parameters:
    ///   - dead: events that the replay could not handle.
    ///   - isWhole: the replay read the whole log, so that what only the live service knows is missing.
    ///   - begin: since when the log has events.
    ///   - readOn: has the replay go on with what the log got meanwhile.
    ///   - found: gets each difference.
    package func run(
        dead: () -> Set<Identifier>, isWhole: Bool, begin: LogBegin = LogBegin(), readOn: () async throws -> Void,
        found: (NotificationDifference) throws -> Void
    ) async throws -> Outcome {
        var outcome = Outcome()
        progress.begin("comparing", total: 0)
        defer { progress.end() }
        func judge(_ events: [Identifier], isUnhandled: Bool = false) async throws {
            for start in stride(from: 0, to: events.count, by: Self.page) {
                let page = Array(events[start..<min(start + Self.page, events.count)])
                for portion in try await portions(page) {
                    let differences = try await compare(portion, isUnhandled: isUnhandled)
                    outcome.differences += differences.count
                    for difference in differences { try found(difference) }
                }
                outcome.compared += page.count
            }
        }

        var late: [Identifier] = []
        try await forEachPage(of: replayed) { events in
            let known = try await live.entered(events)
            late += events.filter { !known.contains($0) }
            try await judge(events.filter(known.contains))
        }
        late = try await awaitHandling(of: late) { try await judge($0) }
        try await judge(late, isUnhandled: true)
        guard isWhole else {
            try await judge(dead().sorted())
            return outcome
        }
        // What only the live service knows may have come to the log since: it is replayed too before it is judged.
        var others: [Identifier] = []
        try await forEachPage(of: live) { events in
            let known = try await replayed.entered(events)
            let unknown = events.filter { !known.contains($0) }
            let dropped = unknown.filter { begin.isAfter($0) }
            outcome.beforeLog += dropped.count
            others += dropped.isEmpty ? unknown : unknown.filter { !begin.isAfter($0) }
        }
        let new = others.filter { !dead().contains($0) }
        if !new.isEmpty { try await readOn() }
        try await judge(others)
        return outcome
    }

    /// Every event of an inbox, page by page.
    private func forEachPage(
        of reader: any NotificationReader, _ body: ([Identifier]) async throws -> Void
    ) async throws {
        var last: Identifier?
        while true {
            try Task.checkCancellation()
            let page = try await reader.inbox(after: last, limit: Self.page)
            guard let end = page.last else { return }
            try await body(page)
            progress.advance(by: page.count)
            last = end
        }
    }

    /// Asks again for events that the live service may be about to handle; answers those that it has not.
    private func awaitHandling(
        of events: [Identifier], _ handled: ([Identifier]) async throws -> Void
    ) async throws -> [Identifier] {
        var waiting = events
        let end = ContinuousClock.now + patience
        while !waiting.isEmpty, ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(500))
            let known = try await live.entered(waiting)
            if !known.isEmpty { try await handled(waiting.filter(known.contains)) }
            waiting.removeAll(where: known.contains)
        }
        return waiting
    }

    private func portions(_ events: [Identifier]) async throws -> [[Identifier]] {
        let mine = try await replayed.sizes(ofEvents: events)
        let theirs = try await live.sizes(ofEvents: events)
        return events.portions(bytes: Self.bytes) { (mine[$0] ?? 0) + (theirs[$0] ?? 0) }
    }

    private func compare(_ events: [Identifier], isUnhandled: Bool) async throws -> [NotificationDifference] {
        let mine = try await replayed.notifications(ofEvents: events)
        let theirs = try await live.notifications(ofEvents: events)
        return events.flatMap { event -> [NotificationDifference] in
            func own(_ list: [Notification]?) -> [Notification.Channel: Notification] {
                Dictionary((list ?? []).filter { $0.repeatNumber == 0 }.map { ($0.channel, $0) }) { first, _ in first }
            }
            let (mine, theirs) = (own(mine[event]), own(theirs[event]))
            return Notification.Channel.allCases.compactMap { channel in
                switch (theirs[channel], mine[channel]) {
                case (let live?, let replayed?):
                    NotificationDifference(live: live, replayed: replayed, event: event)
                case (let live?, nil): NotificationDifference(.missing, live, event: event)
                case (nil, let replayed?):
                    NotificationDifference(.extra, replayed, event: event, isUnhandled: isUnhandled)
                case (nil, nil): nil
                }
            }
        }
    }
}
