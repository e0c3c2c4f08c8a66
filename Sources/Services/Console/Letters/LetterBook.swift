import EventLog
import LogTools
import Synchronization

/// The dead letters of the log, without what is in them. What was read once is not read again, and all who look share one look.
struct LetterBook: Sendable {
    struct Found: Sendable {
        /// In the order in which they stand in their topics.
        var letters: [DeadLetters.Letter] = []
        /// Whether all that is there has been read by now.
        var isComplete = true
        /// Older ones that are kept no more, for there were too many.
        var dropped = 0
    }

    /// Of a partition; each takes about a kilobyte.
    private static let most = 5_000

    private let look: SharedLook<Found>

    init(_ log: PromptLog) {
        let shelves = Shelves()
        look = SharedLook {
            try await log.ask { log in
                var (kept, found) = ([String: DeadLetterShelf](), Found())
                for topic in try await DeadLetters(log).topics() {
                    var shelf =
                        shelves.kept.withLock { $0[topic] }
                        ?? DeadLetterShelf(topic, keepsValues: false, most: Self.most)
                    if try await shelf.readOn(log) { found.isComplete = false }
                    kept[topic] = shelf
                    found.letters += shelf.letters
                    found.dropped += shelf.dropped
                }
                shelves.kept.withLock { [kept] in $0 = kept }
                return found
            }
        }
    }

    private final class Shelves: Sendable {
        let kept = Mutex<[String: DeadLetterShelf]>([:])
    }

    /// Throws a problem.
    func now() async throws -> Found { try await look.value() }

    /// Something was done with letters: who looks next is told.
    func changed() { look.forget() }
}
