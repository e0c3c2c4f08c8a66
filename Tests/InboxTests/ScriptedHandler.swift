import EventLog
import Synchronization
import TestClock

@testable import Inbox

/// A handler that fails as a test says, and notes what it was given. What begins with "bad" it can't read.
final class ScriptedHandler: EventHandler {
    struct Away: Error {}
    struct Failed: Error {}

    private struct State {
        var handled: [String] = []
        var tries: [String: Int] = [:]
        /// How often each event fails yet.
        var failures: [String: Int] = [:]
        var isAway = false
    }
    private let state = Mutex(State())
    /// Holds batches before their work is done.
    let working = Gate()

    /// Events whose work was committed, each as often as it was, in order.
    var handled: [String] { state.withLock { $0.handled } }
    func tries(_ event: String) -> Int { state.withLock { $0.tries[event] ?? 0 } }
    func fails(_ event: String, times: Int) { state.withLock { $0.failures[event] = times } }
    var isAway: Bool {
        get { state.withLock { $0.isAway } }
        set { state.withLock { $0.isAway = newValue } }
    }

    func read(_ record: StoredRecord, _ knowledge: InboxKnowledge) throws(UnreadableEvent) -> String? {
        let text = String(decoding: record.value ?? [], as: UTF8.self)
        if text.hasPrefix("bad") { throw UnreadableEvent("it is bad") }
        return text
    }

    func handle(_ events: [String], _ bookmarks: Bookmarks?) async throws -> HandledEvents {
        await working.pass()
        return try state.withLock { state in
            if state.isAway { throw Away() }
            for event in events { state.tries[event, default: 0] += 1 }
            for event in events {
                guard let left = state.failures[event], left > 0 else { continue }
                state.failures[event] = left - 1
                throw Failed()
            }
            state.handled += events
            return HandledEvents()
        }
    }

    func isDatabaseAway(_ error: any Error) -> Bool { error is Away }
}

/// What a group has noted of how far it has read, or can't note.
final class ScriptedMemory: GroupMemory {
    private struct State {
        var bookmarks: [LogPartition: Int64] = [:]
        var failures = 0
    }
    private let state = Mutex(State())

    /// So many times in a row.
    func fails(_ times: Int) { state.withLock { $0.failures = times } }

    func bookmark(_ partition: LogPartition) -> Int64? { state.withLock { $0.bookmarks[partition] } }

    func recall(group: String) async throws -> (partitions: [LogPartition: RememberedPartition], isInboxEmpty: Bool) {
        ([:], false)
    }

    /// Holds whoever writes how far the group has read.
    let remembering = Gate()

    func remember(_ bookmarks: Bookmarks) async throws {
        await remembering.pass()
        try state.withLock { state in
            if state.failures > 0 {
                state.failures -= 1
                throw ScriptedHandler.Away()
            }
            for bookmark in bookmarks.list { state.bookmarks[bookmark.partition] = bookmark.offset }
        }
    }

    /// Holds whoever waits until what was committed is safe.
    let securing = Gate()

    func secure(now: Bool) async throws {
        await securing.pass()
    }

    func replace(_ partitions: [LogPartition: RememberedPartition], group: String) async throws {}
}
