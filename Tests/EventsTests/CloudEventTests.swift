import Causes
import EventLog
import Events
import Foundation
import Headers
import Identifiers
import Testing
import Timestamps

/// What other programs may write by CloudEvents 1.0 and its Kafka protocol binding, and what they may not.
@Suite struct CloudEventTests {
    private func record() throws -> StoredRecord {
        Samples.stored(try Samples.orderEvents()[0].cloudEvent, topic: Topics.orders)
    }

    private func reason(_ record: StoredRecord) -> String {
        do {
            _ = try OrderEvent(record)
            return "it was read"
        } catch {
            return error.reason
        }
    }

    @Test(arguments: [
        "42", "A234-1234-1234", "019B76DA-A87B-7000-8000-000000000010", "é🎁", String(repeating: "long ", count: 10_000),
        " ", "019b76da-a87b-7000-8000-000000000010 ",
    ]) func anyTextIsAnID(_ id: String) throws {
        var record = try record()
        record.setHeader("ce_id", id)
        let event = try OrderEvent(record)
        #expect(event.id == .ofEvent(source: OrderEvent.source, id: id))
        #expect(event.id != (try Samples.orderEvents()[0].id) && event.id.bytes[6] >> 4 == 8, "a UUIDv8")
        #expect(record.eventIdentity == event.id)
        #expect(try OrderEvent(record) == event)
    }

    @Test func anIDIsUniqueWithItsSource() throws {
        let own = try Samples.orderEvents()[0].id
        #expect(Identifier.ofEvent(source: OrderEvent.source, id: own.description) == own, "ours stay as they are")
        let ids = Set(
            [("/a", "bc"), ("/ab", "c"), ("/abc", ""), ("/evil", own.description), (OrderEvent.source, "c")].map {
                Identifier.ofEvent(source: $0.0, id: $0.1)
            } + [own])
        #expect(ids.count == 6)
    }

    @Test func withoutATimeItIsTheRecords() throws {
        var record = try record()
        record.setHeader("ce_time", nil)
        record.timestamp = 1_000
        #expect(try OrderEvent(record).time == Timestamp(milliseconds: 1_000) && record.time.milliseconds == 1_000)
        record.setHeader("ce_time", "yesterday")
        #expect(reason(record) == "ce_time is no RFC 3339 time")
    }

    /// It goes on into our own events, rows and logs.
    @Test(arguments: [
        "", "x", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\u{0}", String(repeating: "a", count: 1 << 20),
    ]) func whatIsNoTraceContextIsDropped(_ text: String) throws {
        var record = try record()
        #expect(try OrderEvent(record).cause.traceparent == Samples.traceparent)
        record.setHeader("traceparent", text)
        #expect(try OrderEvent(record).cause.traceparent == nil)
        record.setHeader("traceparent", "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-\(text)")
        #expect(try OrderEvent(record).cause.traceparent == Samples.traceparent)
    }

    @Test func whatTracingSystemsSayGoesAlongWithTheirTrace() throws {
        var record = try record()
        #expect(try OrderEvent(record).cause.tracestate == nil)
        record.setHeader("tracestate", "vendor=1,other=2")
        let event = try OrderEvent(record)
        #expect(event.cause.tracestate == "vendor=1,other=2")
        let written = event.cloudEvent.record(topic: "orders")
        #expect(written.headers.text("tracestate") == "vendor=1,other=2")
        record.setHeader("tracestate", "no list")
        #expect(try OrderEvent(record).cause.tracestate == nil)
        record.setHeader("tracestate", "vendor=1")
        record.setHeader("traceparent", nil)
        #expect(try OrderEvent(record).cause.tracestate == nil)
    }

    private static let noNames: [(type: String?, id: String?)] = [
        ("api_key", ""), ("api_key", "two words"), ("api_key", "a\u{0}"), ("api_key", "ada@example.com"),
        ("api_key", String(repeating: "a", count: 65)), ("api_key", String(repeating: "a", count: 1 << 20)),
        ("API_KEY", "warehouse"), ("user", "warehouse"), ("", "warehouse"), (nil, "warehouse"), ("api_key", nil),
    ]

    /// Nor who asked, where it is no name of a key: of another authtype it may be somebody's address.
    @Test(arguments: noNames) func whatIsNoNameOfAKeyIsDropped(_ type: String?, _ id: String?) throws {
        var record = try record()
        #expect(try OrderEvent(record).cause == Samples.cause)
        record.setHeader("ce_authtype", type)
        record.setHeader("ce_authid", id)
        #expect(try OrderEvent(record).cause == Cause(traceparent: Samples.traceparent))
    }

    @Test(arguments: ["7", "{}", "[\"warehouse\"]", "true", "null", "\"two words\""])
    func inStructuredModeNeither(_ json: String) throws {
        let event = try Samples.orderEvents()[0]
        for name in ["authtype", "authid"] {
            let record = Samples.structured(event.cloudEvent, changing: [name: json])
            #expect(try OrderEvent(record).cause == Cause(traceparent: Samples.traceparent))
        }
    }

    @Test func structuredModeIsRead() throws {
        for event in try Samples.orderEvents() {
            for contentType in [
                "application/cloudevents+json", "application/cloudevents+json; charset=UTF-8",
                "Application/CloudEvents+JSON;charset=\"utf-8\"",
            ] {
                #expect(try OrderEvent(Samples.structured(event.cloudEvent, contentType: contentType)) == event)
            }
            let encoded = "\"\(Data(event.cloudEvent.data).base64EncodedString())\""
            let binary = Samples.structured(event.cloudEvent, changing: ["data": nil, "data_base64": encoded])
            #expect(try OrderEvent(binary) == event)
            #expect(binary.eventType == event.kind.rawValue && binary.eventIdentity == event.id)
            let sparse = Samples.structured(
                event.cloudEvent,
                changing: [
                    "time": nil, "subject": "null", "datacontenttype": nil, "data_base64": "null",
                    "dataschema": "\"urn:x\"", "other": "[{\"a\":1,\"a\":2}]",
                ])
            #expect(try OrderEvent(sparse) == event)
        }
        for event in try Samples.inventoryEvents() {
            #expect(try InventoryEvent(Samples.structured(event.cloudEvent)) == event)
        }
        // What looks at records before they are read has the same time.
        let timed = Samples.structured(
            try Samples.orderEvents()[0].cloudEvent, changing: ["time": "\"2020-01-01T00:00:00Z\""])
        #expect(try timed.time == OrderEvent(timed).time && timed.time.milliseconds == 1_577_836_800_000)
        let foreignID = Samples.structured(try Samples.orderEvents()[0].cloudEvent, id: "42")
        #expect(try OrderEvent(foreignID).id == .ofEvent(source: OrderEvent.source, id: "42"))
    }

    @Test(
        arguments: [
            (["id": nil], "id is missing"), (["id": "\"\""], "id is empty"), (["id": "42"], "id must be a string"),
            (["id": "\"a\\nb\""], "id has control characters"), (["specversion": "\"0.3\""], "specversion is not 1.0"),
            (["data": nil], "the event has no data"), (["data_base64": "\"e30=\""], "it has both data and data_base64"),
            (["data": nil, "data_base64": "\"*\""], "data_base64 is no base64"),
            (["time": "\"1\""], "time is no RFC 3339 time"),
            (["datacontenttype": "\"text/plain\""], "datacontenttype is text/plain, and only JSON in UTF-8 is read"),
            (["source": "\"/evil\""], "ce_source must be /orderlog/order-service, not /evil"),
            (["data": "\"{}\""], "the data must be an object"), (["x": "]"], "no JSON: a value is missing"),
        ] as [([String: String?], String)])
    func structuredModeIsChecked(_ members: [String: String?], _ reason: String) throws {
        let record = Samples.structured(try Samples.orderEvents()[0].cloudEvent, changing: members)
        let told = self.reason(record)
        #expect(told.hasPrefix(reason), "\(told)")
    }

    @Test(arguments: [
        "application/json", "application/json; charset=utf-8", "application/vnd.shop+json", "text/json", nil,
    ])
    func jsonOfAnyNameIsTaken(_ type: String?) throws {
        var record = try record()
        record.setHeader("content-type", type)
        _ = try OrderEvent(record)
        record.setHeader("ce_datacontenttype", type)
        _ = try OrderEvent(record)
    }

    @Test(arguments: [
        "text/plain", "application/avro", "application/json; charset=iso-8859-1", "application/cloudevents+avro",
        "application/cloudevents-batch+json", "", ";",
    ])
    func nothingElseIs(_ type: String) throws {
        var record = try record()
        record.setHeader("content-type", type)
        #expect(reason(record).hasPrefix("content-type is \(type), and only "))
        record.setHeader("content-type", nil)
        record.setHeader("ce_datacontenttype", type)
        #expect(reason(record).hasPrefix("ce_datacontenttype is \(type), and only "))
    }

    /// CloudEvents' Python SDK writes the data's type above the whole document.
    @Test(arguments: ["application/json", nil]) func aDocumentWithoutItsTypeIsKnown(_ type: String?) throws {
        let event = try Samples.orderEvents()[0]
        var record = Samples.structured(event.cloudEvent)
        record.setHeader("content-type", type)
        #expect(try OrderEvent(record) == event)
        record.value = event.cloudEvent.data
        #expect(reason(record) == "the header ce_type is missing")
    }

    @Test(arguments: ["ce_id", "ce_type", "ce_source", "content-type", "ce_extension"])
    func aHeaderComesOnce(_ name: String) throws {
        var record = try record()
        for _ in 0..<2 { record.headers.append(RecordHeader(name, "orderlog.x")) }
        #expect(reason(record) == "the header \(name) comes twice")
    }

    /// However many there are, it costs no more than they are long.
    @Test func manyHeadersAreLookedThrough() throws {
        var record = try record()
        for number in 0..<200_000 { record.headers.append(RecordHeader("ce_\(number)", "")) }
        _ = try OrderEvent(record)
        record.headers.append(RecordHeader("ce_199999", ""))
        #expect(reason(record) == "the header ce_199999 comes twice")
    }

    @Test(arguments: ["com.example.order", "orderlog", "Orderlog.OrderConfirmed.v1", "orderlogs.x", "x"])
    func anotherTypeIsForeign(_ type: String) throws {
        func foreignType(_ record: StoredRecord) -> String? {
            do {
                _ = try OrderEvent(record)
                return nil
            } catch { return error.foreignType }
        }
        var record = try record()
        record.setHeader("ce_type", type)
        record.setHeader("ce_id", nil)
        record.value = nil
        #expect(foreignType(record) == type, "whatever else is wrong with it")
        record.headers.append(RecordHeader("ce_type", "orderlog.OrderConfirmed.v1"))
        #expect(foreignType(record) == nil)
        let event = try Samples.orderEvents()[0].cloudEvent
        #expect(foreignType(Samples.structured(event, changing: ["type": "\"\(type)\"", "id": nil])) == type)
        #expect(foreignType(Samples.structured(event, changing: ["type": "\"orderlog.Unknown.v9\""])) == nil)
    }

    @Test func oursSayTheirSchema() throws {
        for event in try Samples.orderEvents().map(\.cloudEvent) + Samples.inventoryEvents().map(\.cloudEvent) {
            let name = event.type.dropFirst("orderlog.".count)
            let file = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../kafka/schemas/\(name).schema.json")
            let schema = try String(contentsOf: file, encoding: .utf8)
            let uri = try #require(Samples.stored(event, topic: "t").header("ce_dataschema"))
            #expect(schema.contains("\"$id\": \"\(uri)\""))
        }
    }

    @Test func aSubjectMayBeLeftOut() throws {
        var record = try record()
        record.setHeader("ce_subject", nil)
        _ = try OrderEvent(record)
        record.key = nil
        #expect(reason(record).hasPrefix("the record's key must be"))
    }

    /// What a newer writer adds is ignored, whatever is in it.
    @Test func unknownMembersMayBeAnything() throws {
        let event = try Samples.orderEvents()[0]
        for unknown in [
            String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000), "{\"a\":1,\"a\":2}",
            "\"\(String(repeating: "x", count: 2 << 20))\"", "1e999",
        ] {
            var record = try record()
            record.value = Array("{\"new\":\(unknown),".utf8) + (record.value ?? []).dropFirst()
            #expect(try OrderEvent(record) == event)
            record.value = Array(
                String(decoding: record.value ?? [], as: UTF8.self).replacing(
                    "\"currency\"", with: "\"new\":\(unknown),\"currency\"", maxReplacements: 1
                ).utf8)
            #expect(try OrderEvent(record) == event)
        }
    }

    @Test func wholeNumbersMayBeWrittenAnyWay() throws {
        let event = try Samples.orderEvents()[0]
        var record = try record()
        let text = String(decoding: record.value ?? [], as: UTF8.self)
        let other = text.replacing("\"quantity\":2,", with: "\"quantity\":2.0,").replacing(":1000000,", with: ":1e6,")
        #expect(other != text)
        record.value = Array(other.utf8)
        #expect(try OrderEvent(record) == event)
    }
}
