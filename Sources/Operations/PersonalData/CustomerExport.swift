import EventLog
import Events
package import ExactText
import Identifiers
import JSON
import LogTools
import Notifications
import Orders

/// All that is kept of a customer, as one JSON document: `{"orders": […], "messages": […], "events": […]}`, each oldest first.
/// It is written piece by piece, an order, a message or an event at a time.
package struct CustomerExport: Sendable {
    private static let page = 100

    private let sources: CustomerSources

    package init(_ sources: CustomerSources) { self.sources = sources }

    /// Answers how many things it told. `write` gets the pieces.
    package func run(_ email: ExactText, write: @escaping (String) throws -> Void) async throws -> Int {
        let search = CustomerSearch(email, in: sources)
        try await search.run()
        let lists = JSONLists(write)
        try lists.begin("orders")
        for page in search.orders.portions(of: Self.page) {
            let orders = try await sources.orders.orders(page)
            for case let order? in page.map({ orders[$0] }) { try lists.add(OrderEvent.Order(order).json()) }
        }
        try lists.begin("messages")
        try await search.forEachMessage { message in
            var json = JSONWriter()
            message.write(to: &json)
            try lists.add(json.finish())
        }
        try lists.begin("events")
        for place in search.records.sorted(by: { $0.timestamp < $1.timestamp }).map(\.position) {
            let record = try await sources.log.read(
                topic: place.topic, partition: place.partition, from: place.offset, limit: 1
            ).first
            if let record, record.position == place { try lists.add(RecordJSON.line(record)) }
        }
        try lists.end()
        return lists.count
    }
}

/// An object of lists, written piece by piece.
private final class JSONLists {
    private let write: (String) throws -> Void
    private var isFirstList = true
    private var isFirstItem = true
    private(set) var count = 0

    init(_ write: @escaping (String) throws -> Void) { self.write = write }

    func begin(_ name: String) throws {
        try write(isFirstList ? "{\"\(name)\":[" : "\n],\n\"\(name)\":[")
        (isFirstList, isFirstItem) = (false, true)
    }

    func add(_ item: [UInt8]) throws {
        try write((isFirstItem ? "\n" : ",\n") + String(decoding: item, as: UTF8.self))
        isFirstItem = false
        count += 1
    }

    func end() throws { try write("\n]}\n") }
}
