import EventLog
import Headers
import LogTools
import TestLog
import Testing

@testable import Console

/// Dead letters and what is done with them, from the console.
@Suite struct LetterChangeTests {
    private static let topic = "orders.notification-service.dlq"
    private static let origin = LogPosition(topic: "orders", partition: 0, offset: 5)

    private static func letter(_ number: Int, group: String? = "notification-service", value: [UInt8]) -> LogRecord {
        let headers =
            [RecordHeader("ce_id", "\(number)")]
            + (group.map {
                [
                    RecordHeader("dlq.topic", "orders"), RecordHeader("dlq.partition", "0"),
                    RecordHeader("dlq.offset", "\(number)"), RecordHeader("dlq.group", $0),
                    RecordHeader("dlq.error", number % 2 == 0 ? "unknown ce_type" : "no such product"),
                    RecordHeader("dlq.attempts", "5"),
                ]
            } ?? [])
        return LogRecord(topic: topic, key: Array("k\(number)".utf8), headers: RecordHeaders(headers), value: value)
    }

    private struct Shop {
        let memory = MemoryLog()
        let log: PromptLog
        let book: LetterBook

        init(letters: Int, value: [UInt8] = Array("{}".utf8)) async throws {
            log = PromptLog(memory, patience: .seconds(60))
            book = LetterBook(log)
            try await memory.create(
                ["orders", topic].map { TopicDeclaration(name: $0, partitions: 1, retention: nil) })
            _ = await memory.append((0..<letters).map { letter($0, value: value) })
        }

        func carryOut(_ change: LetterChange) async throws -> LetterChange.Outcome {
            book.changed()
            return try await change.carryOut(try await book.now(), in: memory)
        }

        func states() async throws -> [DeadLetters.State] {
            book.changed()
            return try await book.now().letters.map(\.state)
        }

        func published() async throws -> [StoredRecord] {
            try await memory.read(topic: "orders", partition: 0, from: 0, limit: 10_000)
        }
    }

    private static func places(_ offsets: [Int64]) -> [LogPosition] {
        offsets.map { LogPosition(topic: topic, partition: 0, offset: $0) }
    }

    @Test func aDryRunDoesNothing() async throws {
        let shop = try await Shop(letters: 3)
        let dry = LetterChange(verb: .redrive, places: Self.places([0, 2, 9]), isDryRun: true)
        let outcome = try await shop.carryOut(dry)
        #expect(
            outcome.done.map(\.offset) == [0, 2] && outcome.left == 2 && outcome.skipped.map(\.place.offset) == [9])
        #expect(try await shop.published().isEmpty)
        #expect(try await shop.states() == [.waits, .waits, .waits])
    }

    /// With all that is in it, though the list of letters has none of that. Who asks twice does it once.
    @Test func chosenOnesGoBackOnce() async throws {
        let value = [UInt8](repeating: 0x61, count: 100_000)
        let shop = try await Shop(letters: 4, value: value)
        let change = LetterChange(verb: .redrive, places: Self.places([1, 3, 1]))
        let first = try await shop.carryOut(change)
        #expect(first.done.map(\.offset) == [1, 3] && first.left == 0 && first.failure == nil)
        let published = try await shop.published()
        #expect(published.map { $0.header("ce_id") } == ["1", "3"] && published.allSatisfy { $0.value == value })
        #expect(try await shop.states() == [.waits, .redriven, .waits, .redriven])
        let second = try await shop.carryOut(change)
        #expect(
            second.done.isEmpty && second.skipped.map(\.why) == Array(repeating: "it was redriven already", count: 2))
        #expect(try await shop.published().count == 2)
    }

    @Test func allOfOneErrorAreDiscardedWithTheReason() async throws {
        let shop = try await Shop(letters: 5)
        var change = LetterChange(verb: .discard(why: "mended otherwise"))
        change.selection.error = "unknown"
        #expect(try await shop.carryOut(change).done.map(\.offset) == [0, 2, 4])
        #expect(try await shop.states() == [.discarded, .waits, .discarded, .waits, .discarded])
        #expect(try await shop.book.now().letters[0].discardReason == "mended otherwise")
        #expect(try await shop.published().isEmpty)
    }

    /// More than a request does are done by several, and none twice.
    @Test func manyAreDoneByAndBy() async throws {
        let shop = try await Shop(letters: 1_200)
        var done: [LogPosition] = []
        for _ in 0..<100 {
            let outcome = try await shop.carryOut(LetterChange(verb: .redrive))
            done += outcome.done
            if outcome.left == 0 { break }
        }
        #expect(done.count == 1_200 && Set(done).count == 1_200)
        #expect(try await shop.published().count == 1_200)
    }

    /// What no group put there can be discarded, and sent back to nobody.
    @Test func foreignOnesCanBeDiscarded() async throws {
        let shop = try await Shop(letters: 0)
        _ = await shop.memory.append([Self.letter(0, group: nil, value: [])])
        #expect(try await shop.states() == [.foreign])
        #expect(try await shop.carryOut(LetterChange(verb: .redrive)).left == 0)
        let named = LetterChange(verb: .redrive, places: Self.places([0]))
        #expect(try await shop.carryOut(named).skipped.map(\.why) == ["no group put it there"])
        let all = LetterChange(verb: .discard(why: "all"))
        #expect(try await shop.carryOut(all).left == 0, "only those that are named")
        let discarded = try await shop.carryOut(LetterChange(verb: .discard(why: "a test"), places: Self.places([0])))
        #expect(discarded.done.count == 1)
    }

    /// What was read once is read on.
    @Test func whatComesIsSeen() async throws {
        let shop = try await Shop(letters: 2)
        #expect(try await shop.states().count == 2)
        _ = await shop.memory.append([Self.letter(7, value: [])])
        #expect(try await shop.states().count == 3)
        let answer = LettersAnswer(found: try await shop.book.now(), selection: .init(), limit: 2)
        let text = String(decoding: answer.json(), as: UTF8.self)
        #expect(text.contains(#""count":3,"waiting":3,"dropped":0,"complete":true"#))
        #expect(text.contains(#""origin":"orders/0:7""#))
    }
}
