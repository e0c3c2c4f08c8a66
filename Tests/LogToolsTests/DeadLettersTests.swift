import EventLog
import Headers
import Testing

@testable import LogTools

@Suite struct DeadLettersTests {
    /// The letter A with a ring above it is one text in two forms to Swift, and two to whoever looks for bytes.
    @Test func anErrorIsLookedForByItsBytes() {
        func letter(_ error: String) -> DeadLetters.Letter {
            DeadLetters.Letter(
                record: StoredRecord(
                    position: LogPosition(topic: "orders.group.dlq", partition: 0, offset: 0), key: nil,
                    headers: [RecordHeader("dlq.error", error)], value: nil, timestamp: 0), bytes: 0)
        }
        #expect(letter("no product \u{c5}-1").says("\u{c5}"))
        #expect(!letter("no product \u{c5}-1").says("A\u{30a}") && !letter("no product A\u{30a}-1").says("\u{c5}"))
        // A letter and a mark that belongs to it are one character.
        #expect(letter("no product A\u{30a}-1").says("product A") && letter("x").says(""))
    }
}
