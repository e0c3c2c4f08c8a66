import Causes
import EventLog
import Events
import Identity
import JSON
import JSONSchema
import Shop

/// A kind of record on the log.
struct Message {
    enum Payload {
        case schema(String)
        /// Any bytes, and none.
        case anything
    }

    var id: String
    var title: String
    var summary: String
    var tag: String
    var headers: JSONSchema
    var key: JSONSchema
    var payload: Payload

    static let all = EventSchema.all.map(event) + [claim, deadLetter, redriven]

    static let shopComponent = "ShopClaim"
    static let shopClaim = JSONSchema.object([.required("shop_id", Values.uuid)])

    private static func event(_ schema: EventSchema) -> Message {
        let isOrder = schema.topic == Topics.orders
        let subject = isOrder ? Values.uuid : Text.schema(limit: Text.productIDLimit)
        return Message(
            id: schema.component, title: schema.title, summary: schema.summary, tag: schema.topic,
            headers: .object([
                .required("ce_specversion", .choice(["1.0"])),
                .required(
                    "ce_id",
                    Values.uuid.described(
                        "By this, together with ce_source, repeats are known. Our services read any text from others.")),
                .required("ce_type", .choice([schema.type])),
                .required("ce_source", .choice([isOrder ? OrderEvent.source : InventoryEvent.source])),
                .required(
                    "ce_time", Values.time.described("Where others leave it out, the record's timestamp stands in.")),
                .required("ce_subject", subject.described("The same as the key.")),
                // Our services always send it. Events that earlier versions wrote are on the log, and have none.
                .optional("ce_dataschema", .choice([CloudEvent.dataSchema(ofType: schema.type)])),
                .required("content-type", .choice(["application/json"])),
                .optional(
                    "ce_authtype",
                    .choice([CloudEvent.keyAuthType]).described(
                        "Who asked for it showed a key. Not there where nobody was asked for one, or nobody knows.")),
                .optional(
                    "ce_authid",
                    .text(CallerName.lengths, pattern: CallerName.pattern).described(
                        "That key's name, with ce_authtype. It says who did it, and proves nothing.")),
                .optional(
                    "traceparent",
                    .text(55...55, pattern: "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$").described(
                        "W3C trace context of the request that caused it.")),
                .optional(
                    "tracestate",
                    .text(1...512).described(
                        "W3C trace context, too: what tracing systems say to each other, as it came.")),
            ]), key: subject, payload: .schema(schema.component))
    }

    private static let claim = Message(
        id: "ShopClaimed", title: "ShopClaimed", summary: "Whose log it is; the first one counts. No CloudEvent.",
        tag: "operation", headers: .object([]), key: .choice(["shop"]), payload: .schema(shopComponent))

    private static let deadLetter = Message(
        id: "DeadLetter", title: "DeadLetter",
        summary: "A record as it came, with headers that say where it stood and why it could not be handled.",
        tag: "operation",
        headers: .object([
            .required("dlq.topic", .text(1...300).described("Where it stood first.")),
            .required("dlq.partition", number), .required("dlq.offset", number),
            .required(
                "dlq.timestamp", .text(1...300, pattern: "^-?[0-9]+$").described("Of the record, in ms since 1970.")),
            .required("dlq.group", .choice([Topics.notificationGroup, Topics.inventoryGroup])),
            .required("dlq.error", .text(0...4_000).described("Why.")),
            .required("dlq.attempts", number.described("How often it was tried, in all.")),
            .optional("dlq.history", .text().described("One for each stay before this one.")),
            .optional("dlq.cut", .text().described("What is missing, of a record that was too large for this topic.")),
            .optional("dlq.original", .text().described("Where the whole record stands: topic/partition:offset.")),
            .optional("dlq.original.sha256", .text(64...64, pattern: "^[0-9a-f]{64}$")),
        ]), key: JSONSchema.text().orNull.described("As it came."), payload: .anything)

    private static let redriven = Message(
        id: "Redriven", title: "Redriven",
        summary:
            "Says that the letter at an offset of this partition waits no more: it was sent back to its topic, or discarded. It has no value.",
        tag: "operation",
        headers: .object([
            .required("dlq.redriven", number.described("The letter's offset.")),
            .optional("dlq.discarded", .text().described("It was not sent back, and never will be, for this reason.")),
        ]),
        key: JSONSchema.text().orNull.described("As the letter has it."), payload: .anything)

    private static let number = JSONSchema.text(1...300, pattern: "^[0-9]+$")

    func write(to json: inout JSONWriter, schemas: String) {
        json.object { json in
            json.field("name", id)
            json.field("title", title)
            json.field("summary", summary)
            json.key("tags")
            json.array { json in json.object { $0.field("name", tag) } }
            json.key("headers")
            headers.write(to: &json, references: schemas)
            switch payload {
            case .schema(let name):
                json.field("contentType", "application/json")
                json.key("payload")
                json.reference(schemas + name)
            case .anything: json.field("contentType", "application/octet-stream")
            }
            json.key("bindings")
            json.object { json in
                json.key("kafka")
                json.object { json in
                    json.key("key")
                    key.write(to: &json, references: schemas)
                    json.field("bindingVersion", "0.5.0")
                }
            }
        }
    }
}
