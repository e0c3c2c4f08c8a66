import EventLog
import Headers
import JSON
import JSONSchema
import Shop
import Telemetry
import Timestamps

extension Timeline {
    /// Bytes of a record's value that are shown: others may have written one of 4 MiB.
    private static let mostShown = 64 << 10

    func json() -> [UInt8] {
        var json = JSONWriter(capacity: 8 << 10)
        json.object { json in
            json.key("order")
            json.raw(order)
            json.key("entries")
            json.array { json in
                for entry in entries { Self.write(entry, to: &json) }
            }
            json.key("missing")
            json.array { json in
                for part in missing {
                    json.object { json in
                        json.field("part", part.part)
                        json.field("detail", part.detail)
                    }
                }
            }
        }
        return json.finish()
    }

    private static func write(_ entry: Entry, to json: inout JSONWriter) {
        json.object { json in
            switch entry {
            case .step(let step):
                json.field("kind", "step")
                json.field("at", step.at)
                json.field("status", step.status)
                if let by = step.by { json.field("by", by) }
            case .event(let record): writeEvent(record, to: &json)
            case .handled(let group, let record, let isDone):
                json.field("kind", "handled")
                json.field("group", group)
                json.field("position", record.position.text)
                json.field("done", isDone)
            case .message(let message):
                json.field("kind", "message")
                json.field("at", message.createdAt)
                json.key("notification")
                json.raw(message.json)
            case .sent(let message):
                json.field("kind", "sent")
                if let sentAt = message.sentAt { json.field("at", sentAt) }
                json.key("notification")
                json.raw(message.json)
            }
        }
    }

    private static func writeEvent(_ record: StoredRecord, to json: inout JSONWriter) {
        json.field("kind", "event")
        json.field("at", record.time)
        json.field("position", record.position.text)
        json.field("type", record.header("ce_type"))
        let trace = record.header("traceparent").flatMap { TraceContext(traceparent: $0) }
        if let trace { json.field("trace_id", trace.traceID) }
        json.key("record")
        json.object { json in
            json.field("timestamp", Timestamp(milliseconds: record.timestamp))
            json.field("key", record.key.map { String(decoding: $0, as: UTF8.self) })
            json.key("headers")
            json.array { json in
                for header in record.headers {
                    json.object { json in
                        json.field("name", header.name)
                        json.field("value", header.value.map { String(decoding: $0, as: UTF8.self) })
                    }
                }
            }
            json.field("value", record.value.map { String(decoding: $0.prefix(mostShown), as: UTF8.self) })
            json.field("bytes", record.value?.count ?? 0)
        }
    }
}

extension Timeline {
    static let schema = JSONSchema.named(
        "Timeline",
        .object([
            .required("order", .object([]).described("As the order service answers it.")),
            .required("entries", .array(of: entry)),
            .required(
                "missing",
                .array(of: .object([.required("part", .choice(["log", "messages"])), .required("detail", .text())]))
                    .described("What can't be told now; empty: all is there.")),
        ]))

    private static let entry = JSONSchema.named(
        "TimelineEntry",
        .object([
            .required(
                "kind",
                .choice(["step", "event", "handled", "message", "sent"]).described(
                    """
                    `step`: the order moved. `event`: what says so, on the log. `handled`: whether a group has gone past that event. \
                    `message`: what the customer is told was made. `sent`: it left.
                    """)),
            .optional("at", .dateTime.described("When. Nobody keeps when a group handled an event.")),
            .optional("status", OrderStatus.schema),
            .optional("by", .text().described("The name of the key that the step was asked for with.")),
            .optional("type", .text().orNull.described("The event's `ce_type`.")),
            .optional("position", .text().described("Where it stands: TOPIC/PARTITION:OFFSET.").example("orders/3:17")),
            .optional("trace_id", .text().described("The trace of the request behind it.")),
            .optional(
                "record",
                .object([
                    .required("timestamp", .dateTime), .required("key", .text().orNull),
                    .required(
                        "headers",
                        .array(of: .object([.required("name", .text()), .required("value", .text().orNull)]))),
                    .required(
                        "value",
                        .text().orNull.described("Its value as text, of which at most \(mostShown >> 10) KiB are told.")
                    ),
                    .required("bytes", .integer(0...Int64.max).described("Of the whole value.")),
                ])),
            .optional("group", .text().example("inventory-service")),
            .optional("done", .boolean),
            .optional("notification", .object([]).described("As the notification service answers it.")),
        ]))

    static let example = """
        {"order":{"order_id":"0197a5c2-7d3e-7c4b-9f52-3b8f6a1d2e40","status":"confirmed"},\
        "entries":[{"kind":"step","at":"2026-01-31T09:30:00.000Z","status":"confirmed","by":"shop"},\
        {"kind":"handled","group":"inventory-service","position":"orders/3:17","done":true}],"missing":[]}
        """
}
