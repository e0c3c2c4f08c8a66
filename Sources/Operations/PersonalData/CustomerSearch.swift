import Databases
import EventLog
import Events
package import ExactText
import Idempotency
package import Identifiers
package import Notifications
import Orders
import Outbox
import Shop
import Timestamps

/// Looks for everything of one customer: in the order service's database by the e-mail, in all others by that and by the
/// orders and phones found so far. Reads the databases and the log as a whole, page by page; it holds what it finds by ids
/// and places, about 30 bytes an event.
package final class CustomerSearch {
    private static let page = 1_000

    /// A record in which something of theirs stands.
    struct Found {
        var position: LogPosition
        var timestamp: Timestamp
    }

    private let sources: CustomerSources
    package private(set) var customer: CustomerMatch
    /// Orders with something personal in them, oldest first.
    package private(set) var orders: [Identifier] = []
    /// Of these, confirmed or shipped.
    private(set) var open: Set<Identifier> = []
    /// Addresses in orders that differ in nothing but `A` to `Z` for `a` to `z`.
    package private(set) var spellings: Set<ExactText> = []
    private(set) var outboxRows: [Int64] = []
    private(set) var unsentRows = 0
    private(set) var records: [Found] = []
    package private(set) var messages: [Identifier] = []
    private(set) var queued: Set<Identifier> = []
    /// Of first answers that tell of their messages, the keys.
    private(set) var answers: [Identifier] = []
    /// Where the log is read on.
    private var next: [LogPartition: Int64] = [:]

    package init(_ email: ExactText, in sources: CustomerSources) {
        self.sources = sources
        customer = CustomerMatch(email: email)
    }

    /// Of the log what was found before is forgotten when it was erased: it is read on from where it was read.
    package func run() async throws {
        try await findOrders()
        try await findInOutbox()
        let known = customer.orders.count
        try await findOnLog()
        if customer.orders.count > known {
            // Of an order that only the log knows there may be more where it was read before: a dead letter that was cut.
            (next, records) = ([:], [])
            try await findInOutbox()
            try await findOnLog()
        }
        try await findMessages()
        try await findAnswers()
        try await findOrders()
    }

    /// What may be on its way: events that wait, and messages that were queued.
    ///
    /// As in `run` the orders are looked for last: each of which an event or a message was found has its row by then, so that
    /// one that was placed meanwhile is known to be open.
    func lookAgain() async throws {
        try await findInOutbox()
        try await findOnLog()
        for id in queued where try await sources.notifications.notification(id)?.status != .queued {
            queued.remove(id)
        }
        try await findOrders()
    }

    private func findOrders() async throws {
        (orders, open, spellings) = ([], [], [])
        var page = Page(limit: Self.page, after: nil)
        while true {
            let found = try await sources.orders.orders(OrderFilter(customerEmail: customer.email), page)
            for (position, order) in found.items {
                page.after = position
                guard order.customer?.email == customer.email else {
                    if let other = order.customer?.email { spellings.insert(other) }
                    continue
                }
                if order.customer?.isErased == true { continue }
                customer.add(order.orderID, order.customer)
                orders.append(order.orderID)
                if order.status == .confirmed || order.status == .shipped { open.insert(order.orderID) }
            }
            if !found.hasMore { break }
        }
        orders.reverse()
    }

    private func findInOutbox() async throws {
        (outboxRows, unsentRows) = ([], 0)
        try await forEachRow { position, entry, _ in
            outboxRows.append(position)
            if !entry.isPublished { unsentRows += 1 }
        }
    }

    /// Those rows of the outbox that have something of theirs.
    func forEachRow(
        _ body: (_ position: Int64, OutboxEntry, OrderEvent.Order) async throws -> Void
    ) async throws {
        var position: Int64 = 0
        while true {
            let page = try await sources.outbox.entries(after: position, limit: Self.page)
            guard let last = page.last else { return }
            position = last.row.position
            for entry in page {
                let event = entry.row.event.event
                guard let order = try? event.read(OrderEvent.Order.read), customer.find(in: order) else { continue }
                try await body(entry.row.position, entry, order)
            }
        }
    }

    // MARK: - The log

    /// Inventory's events and the shop's own topic name no customer. On Kafka other topics are others'.
    private func topics() async throws -> [String] {
        let isOurs = sources.log is EmbeddedEventLog
        return try await sources.log.topics().map(\.name).filter { topic in
            topic == Topics.orders || (topic.hasPrefix("\(Topics.orders).") && topic.hasSuffix(".dlq"))
                || (isOurs && Topics.partitions[topic] == nil)
        }
    }

    private func findOnLog() async throws {
        for topic in try await topics() {
            for range in try await sources.log.ranges(topic: topic) {
                let partition = LogPartition(topic: topic, partition: range.partition)
                var offset = max(range.earliest, next[partition] ?? 0)
                while offset < range.end {
                    let page = try await sources.log.read(
                        topic: topic, partition: range.partition, from: offset, limit: Self.page)
                    guard let last = page.last else { break }
                    for record in page where customer.find(in: record) {
                        records.append(
                            Found(position: record.position, timestamp: Timestamp(milliseconds: record.timestamp)))
                    }
                    offset = last.position.offset + 1
                }
                next[partition] = offset
            }
        }
    }

    /// What was found on the log is erased.
    func forgetRecords() { records = [] }

    /// Records of this topic that a group has not handled yet.
    func unread(by group: String) async throws -> Int {
        let committed = Dictionary(
            try await sources.log.committedOffsets(group: group).map { ($0.logPartition, $0.offset) }
        ) { first, _ in first }
        return records.count { found in
            found.position.topic == Topics.orders
                && committed[found.position.logPartition] ?? 0 <= found.position.offset
        }
    }

    // MARK: - Messages

    private func findMessages() async throws {
        (messages, queued) = ([], [])
        try await forEachMessage { notification in
            messages.append(notification.id)
            if notification.status == .queued { queued.insert(notification.id) }
        }
    }

    /// Those about their orders, to their address, and what was sent by hand to a phone of theirs.
    package func forEachMessage(_ body: (Notification) throws -> Void) async throws {
        var position: Int64 = 0
        while true {
            let page = try await sources.notifications.notifications(after: position, limit: Self.page)
            guard let last = page.last else { return }
            position = last.position
            let messages = page.map(\.notification).filter { !$0.isErased }
            let shared = try await phonesOfOthers(messages.filter { !isSurelyTheirs($0) && isToTheirPhone($0) })
            for message in messages
            where isSurelyTheirs(message)
                || (isToTheirPhone(message) && shared[message.orderID] != message.recipient)
            {
                try body(message)
            }
        }
    }

    private func isSurelyTheirs(_ notification: Notification) -> Bool {
        customer.orders.contains(notification.orderID) || notification.recipient == customer.email
    }

    private func isToTheirPhone(_ notification: Notification) -> Bool {
        notification.eventID == nil && customer.phones.contains(notification.recipient)
    }

    /// A phone may be a household's, and nobody asks whether it is theirs who give it: what was sent to it about an order that
    /// has the same phone is of that order's customer. Of orders of others the phones.
    private func phonesOfOthers(_ messages: [Notification]) async throws -> [Identifier: ExactText] {
        guard !messages.isEmpty else { return [:] }
        return try await sources.orders.orders(Array(Set(messages.map(\.orderID)))).compactMapValues { order in
            order.customer?.email == customer.email ? nil : order.customer?.phone
        }
    }

    private func findAnswers() async throws {
        answers = []
        let theirs = Set(messages)
        var last: Identifier?
        while true {
            let page = try await sources.notifications.firstAnswers(after: last, limit: Self.page)
            guard let end = page.last else { return }
            last = end.key
            for answer in page {
                let contents = NotifyAnswer.contents(of: answer.body)
                if contents.contains(where: { theirs.contains($0.id) || $0.recipient == customer.email }) {
                    answers.append(answer.key)
                }
            }
        }
    }
}
