import EventLog
import Headers
import JSON
import JSONSchema
import LogTools
import Shop
import Telemetry
import Timestamps

extension Timeline {
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
            case .handled(let group, let record, let isDone, let letter):
                json.field("kind", "handled")
                json.field("group", group)
                json.field("position", record.position.text)
                json.field("done", isDone)
                if let letter {
                    json.key("dead_letter")
                    json.object { json in
                        letter.writeMembers(to: &json)
                        json.field("since", Timestamp(milliseconds: letter.record.timestamp))
                    }
                }
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
        RecordAnswer(record: record).write(to: &json)
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
                .array(of: .object([.required("part", .choice(Timeline.Missing.parts)), .required("detail", .text())]))
                    .described("What can't be told now; empty: all is there.")),
        ]))

    private static let entry = JSONSchema.named(
        "TimelineEntry",
        .object([
            .required(
                "kind",
                .choice(["step", "event", "handled", "message", "sent"]).described(
                    """
                    `step`: the order moved. `event`: what says so, on the log. `handled`: whether a group has handled that event. \
                    `message`: what the customer is told was made. `sent`: it left.
                    """)),
            .optional("at", .dateTime.described("When. Nobody keeps when a group handled an event.")),
            .optional("status", OrderStatus.schema),
            .optional("by", .text().described("The name of the key that the step was asked for with.")),
            .optional("type", .text().orNull.described("The event's `ce_type`.")),
            .optional("position", .text().described("Where it stands: TOPIC/PARTITION:OFFSET.").example("orders/3:17")),
            .optional("trace_id", .text().described("The trace of the request behind it.")),
            .optional("record", RecordAnswer.schema),
            .optional("group", .text().example("inventory-service")),
            .optional(
                "done", .boolean.described("False also where the group could not handle it, and it is a dead letter.")),
            .optional("dead_letter", LettersAnswer.brief),
            .optional("notification", .object([]).described("As the notification service answers it.")),
        ]))

    static let example = """
        {"order":{"order_id":"0197a5c2-7d3e-7c4b-9f52-3b8f6a1d2e40","status":"confirmed"},\
        "entries":[{"kind":"step","at":"2026-01-31T09:30:00.000Z","status":"confirmed","by":"shop"},\
        {"kind":"handled","group":"inventory-service","position":"orders/3:17","done":true}],"missing":[]}
        """
}
