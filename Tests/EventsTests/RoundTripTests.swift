import EventLog
import Events
import Headers
import Identifiers
import Shop
import Testing

@Suite struct RoundTripTests {
    @Test func orderEventsAreReadAsTheyWereWritten() throws {
        for event in try Samples.orderEvents() {
            #expect(try OrderEvent(Samples.stored(event.cloudEvent, topic: Topics.orders)) == event)
        }
    }

    @Test func inventoryEventsAreReadAsTheyWereWritten() throws {
        for event in try Samples.inventoryEvents() {
            #expect(try InventoryEvent(Samples.stored(event.cloudEvent, topic: Topics.inventory)) == event)
        }
    }

    @Test func unknownFieldsAndHeadersAreIgnored() throws {
        let event = try Samples.orderEvents()[0]
        var record = Samples.stored(event.cloudEvent, topic: Topics.orders)
        record.headers.append(RecordHeader("ce_futureextension", "x"))
        record.value = Array(#"{"loyalty":{"points":[1,2,{"x":null}]},"#.utf8) + (record.value ?? []).dropFirst()
        #expect(try OrderEvent(record) == event)
    }

    @Test(arguments: [
        ("ce_type", "orderlog.OrderConfirmed.v2"), ("ce_type", "somebody.else"), ("ce_specversion", "0.3"),
        ("ce_id", ""), ("ce_source", "/evil"),
    ])
    func headersThatCannotBeReadAreRefused(_ name: String, _ value: String) throws {
        var record = Samples.stored(try Samples.orderEvents()[0].cloudEvent, topic: Topics.orders)
        record.setHeader(name, value)
        #expect(throws: UnreadableEvent.self) { try OrderEvent(record) }
        record.setHeader(name, nil)
        #expect(throws: UnreadableEvent.self) { try OrderEvent(record) }
    }

    @Test(arguments: [nil, "", "not JSON", "[]", "{}", "\u{0}", #"{"order_id":1}"#])
    func valuesThatCannotBeReadAreRefused(_ value: String?) throws {
        var record = Samples.stored(try Samples.orderEvents()[0].cloudEvent, topic: Topics.orders)
        record.value = value.map { Array($0.utf8) }
        #expect(throws: UnreadableEvent.self) { try OrderEvent(record) }
    }

    @Test func whatIsWrongIsNamed() throws {
        var record = Samples.stored(try Samples.orderEvents()[0].cloudEvent, topic: Topics.orders)
        record.value = Array(#"{"order_id":"x","status":"lost"}"#.utf8)
        do {
            _ = try OrderEvent(record)
            Issue.record("it was read")
        } catch {
            for field in ["order_id", "status", "items", "total", "created_at"] {
                #expect(error.reason.contains(field), "\(error.reason)")
            }
        }
    }
}
