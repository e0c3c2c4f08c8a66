import EventLog
import HTTPAPI
import JSON
import JSONSchema
import LogTools
import Shop
import Timestamps

/// Dead letters, as a page and a program are told of them.
struct LettersAnswer: Sendable {
    /// Letters that are told at one time.
    static let limits: ClosedRange<Int64> = 1...500

    /// Which of them.
    struct Selection: Sendable {
        var topic: String?
        var error: String?
        var endedToo = false

        func takes(_ letter: DeadLetters.Letter) -> Bool {
            (endedToo || letter.end == nil) && (topic.map { $0 == letter.place.topic } ?? true)
                && (error.map(letter.says) ?? true)
        }
    }

    let found: LetterBook.Found
    let selection: Selection
    let limit: Int

    /// The newest first.
    func json() -> [UInt8] {
        let selected = found.letters.filter(selection.takes).sorted { $0.record.timestamp > $1.record.timestamp }
        var json = JSONWriter(capacity: 8 << 10)
        json.object { json in
            json.key("letters")
            json.array { json in for letter in selected.prefix(limit) { Self.write(letter, to: &json) } }
            json.field("count", selected.count)
            json.field("waiting", found.letters.count { $0.state == .waits })
            json.field("dropped", found.dropped)
            json.field("complete", found.isComplete)
        }
        return json.finish()
    }

    private static func write(_ letter: DeadLetters.Letter, to json: inout JSONWriter) {
        json.object { json in
            letter.writeMembers(to: &json)
            json.field("since", Timestamp(milliseconds: letter.record.timestamp))
            json.field("topic", letter.place.topic)
            json.field("type", letter.record.header("ce_type")?.excerpt(300))
            json.field("key", letter.record.key.map { String(decoding: $0, as: UTF8.self).excerpt(300) })
            json.field("bytes", letter.bytes)
            json.field("discarded_because", letter.discardReason)
        }
    }

    private static let number = JSONSchema.integer(0...Int64.max)
    static let place = JSONSchema.text().described("Where it stands: TOPIC/PARTITION:OFFSET.")
        .example("orders.notification-service.dlq/0:3")

    static let schema = JSONSchema.named(
        "DeadLetters",
        .object([
            .required("letters", .array(of: letter)), .required("count", number.described("Of all that are selected.")),
            .required("waiting", number.described("Of all that wait to be redriven, or discarded.")),
            .required(
                "dropped",
                number.described("Older ones that the console does not keep in mind: `orderlog dlq list` does.")),
            .required("complete", .boolean.described("Whether all have been read by now; otherwise ask again.")),
        ]))

    private static let members: [JSONSchema.Property] = [
        .required("place", place),
        .required("origin", .text().described("Where it failed first.").example("orders/3:17")),
        .required("group", .text().described("The group that could not handle it.")),
        .required(
            "state",
            .choice(["waits", "redriven", "discarded", "foreign"]).described(
                "`foreign`: no group put it there, so there is nobody to send it back to.")),
        .required("attempts", number.described("How often it was tried, all times together.")),
        .required("error", .text().described("Why.")),
        .required("cut", .text().orNull.described("What is missing of it, for it was too large; null: nothing.")),
        .required("since", .dateTime),
    ]

    /// As it is told beside what it was made of.
    static let brief = JSONSchema.named("BriefDeadLetter", .object(members))

    private static let letter = JSONSchema.named(
        "DeadLetter",
        .object(
            members + [
                .required("topic", .text()), .required("type", .text().orNull), .required("key", .text().orNull),
                .required("bytes", number), .required("discarded_because", .text().orNull),
            ]))

    static let example = """
        {"letters":[{"place":"orders.notification-service.dlq/0:3","topic":"orders.notification-service.dlq",\
        "origin":"orders/3:17","group":"notification-service","state":"waits","attempts":5,"error":"unknown ce_type",\
        "cut":null,"since":"2026-01-31T09:30:00.000Z","type":"orderlog.OrderReturned.v1",\
        "key":"0197a5c2-7d3e-7c4b-9f52-3b8f6a1d2e40","bytes":812,"discarded_because":null}],"count":1,"waiting":1,\
        "dropped":0,"complete":true}
        """
}
