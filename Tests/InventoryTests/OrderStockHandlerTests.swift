import EventLog
import Events
import Headers
import Inbox
import TestDatabase
import Testing

@testable import Inventory

/// Which events the inventory service reads.
@Suite struct OrderStockHandlerTests {
    private func record(_ types: [String], contentType: String = "application/json") -> StoredRecord {
        let headers = types.map { RecordHeader("ce_type", $0) } + [RecordHeader("content-type", contentType)]
        return StoredRecord(
            position: LogPosition(topic: "orders", partition: 0, offset: 7), key: nil, headers: RecordHeaders(headers),
            value: Array("{".utf8), timestamp: 0)
    }

    /// Most are confirmations: parsing them would be for nothing, and what is wrong in them is another's business.
    @Test func whatMovesNoStockIsNotParsed() async throws {
        try await withDatabase(SQLiteInventoryMigrations.all) { (database) async throws in
            let handler = OrderStockHandler(store: SQLiteInventoryStore(database), committed: {})
            for kind in [OrderEvent.Kind.confirmed, .delivered] {
                #expect(try handler.read(record([kind.rawValue]), .none) == nil)
            }
            for kind in [OrderEvent.Kind.cancelled, .rejected, .shipped] {
                #expect(throws: UnreadableEvent.self) { try handler.read(record([kind.rawValue]), .none) }
            }
        }
    }

    /// Where the headers don't say it plainly, the whole event is read.
    @Test func aTypeThatIsNotPlainIsNoReasonToPassOver() async throws {
        try await withDatabase(SQLiteInventoryMigrations.all) { (database) async throws in
            let handler = OrderStockHandler(store: SQLiteInventoryStore(database), committed: {})
            let (confirmed, cancelled) = (OrderEvent.Kind.confirmed.rawValue, OrderEvent.Kind.cancelled.rawValue)
            for unclear in [
                record([cancelled, confirmed]), record([confirmed, confirmed]), record([]),
                record([confirmed], contentType: "application/cloudevents+json"),
            ] {
                #expect(throws: UnreadableEvent.self) { try handler.read(unclear, .none) }
            }
        }
    }
}
