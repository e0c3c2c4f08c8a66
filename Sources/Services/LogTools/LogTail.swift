package import EventLog

/// Follows a log: what is there, then what is appended, also when the log is away for a while.
package final class LogTail {
    package enum News: Sendable, Equatable {
        /// Said once, until it is back.
        case away(String)
        case back
        /// Another log stands in the place of the first, and is read from its beginning.
        case another
    }

    /// A person looks at it: five times a second is at once.
    private static let pause: Duration = .milliseconds(200)

    private var log: any EventLog
    private var reader: LogReader
    private let selection: LogSelection
    /// Of the log, from when it first answered; nil: it has not yet.
    private var identity: String?
    private var isAway = false
    private let reopened: (any EventLog) async throws -> (any EventLog)?
    private let tell: (News) -> Void

    /// - Parameters:
    ///   - reopened: asked before each look: the log anew, where the one that is open will not do any more
    ///   - tell: what the person who looks should know
    package init(
        _ log: any EventLog, _ stretches: [LogSelection.Stretch], _ selection: LogSelection,
        reopened: @escaping (any EventLog) async throws -> (any EventLog)?, tell: @escaping (News) -> Void
    ) {
        self.log = log
        reader = LogReader(log, stretches)
        self.selection = selection
        self.reopened = reopened
        self.tell = tell
    }

    /// Runs until the task is cancelled. Throws what `show` and `rest` throw, and what is more than a log that is away.
    ///
    /// - Parameters:
    ///   - show: records that are selected, in the order of time
    ///   - rest: called when there are no more for now
    package func run(_ show: ([StoredRecord]) throws -> Void, rest: () throws -> Void) async throws {
        while !Task.isCancelled {
            do {
                if identity == nil { identity = try await log.identity() }
                let records = try await reader.next()
                if !records.isEmpty {
                    noteBack()
                    try show(selection.isAll ? records : records.filter(selection.matches))
                    continue
                }
                try rest()
                try await Task.sleep(for: Self.pause)
                if let other = try await reopened(log) { try await go(to: other) }
                try await reader.extend()
                noteBack()
            } catch let error as EventLogError where error.kind == .unavailable {
                if !isAway { tell(.away(error.message)) }
                isAway = true
                try await Task.sleep(for: Self.pause)
            }
        }
    }

    private func noteBack() {
        if isAway { tell(.back) }
        isAway = false
    }

    private func go(to other: any EventLog) async throws {
        let rest = reader.rest
        let isSame = try await other.identity() == identity
        let old = log
        if isSame {
            reader = LogReader(other, rest)
        } else {
            var all = selection
            all.from = .earliest
            reader = LogReader(other, try await all.stretches(of: other))
            identity = try await other.identity()
            tell(.another)
        }
        log = other
        await old.close()
    }

    /// Lets go of the log that it ended with.
    package func close() async { await log.close() }
}
