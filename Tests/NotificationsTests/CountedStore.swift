import Databases
import Idempotency
import Identifiers
import Inbox
import Synchronization
import Timestamps

@testable import Notifications

/// A store that counts the claims.
final class CountedStore: NotificationStore {
    let claims = Atomic(0)
    private let store: any NotificationStore
    private let receiving: @Sendable () -> Void

    /// `receiving`: called before events are stored.
    init(_ store: any NotificationStore, receiving: @escaping @Sendable () -> Void = {}) {
        self.store = store
        self.receiving = receiving
    }

    func receive(
        _ events: [ReceivedEvent], _ bookmarks: Bookmarks?, _ notes: DeliveryNotes?
    ) async throws -> Received {
        receiving()
        return try await store.receive(events, bookmarks, notes)
    }

    func insert(_ notifications: [Notification], key: IdempotencyKey?, answer: [UInt8]) async throws -> FirstAnswer {
        try await store.insert(notifications, key: key, answer: answer)
    }

    func claim(
        _ channels: Set<Notification.Channel>, by owner: Identifier, for seconds: Int64, limit: Int
    ) async throws -> [Notification] {
        claims.add(1, ordering: .relaxed)
        return try await store.claim(channels, by: owner, for: seconds, limit: limit)
    }

    func finish(_ deliveries: [Delivery], by owner: Identifier) async throws {
        try await store.finish(deliveries, by: owner)
    }

    func giveBack(_ notifications: [Identifier], by owner: Identifier) async throws {
        try await store.giveBack(notifications, by: owner)
    }

    func queue(_ alerts: [StockAlert], _ bookmarks: Bookmarks?) async throws -> Int {
        try await store.queue(alerts, bookmarks)
    }

    func nextDue(_ channels: Set<Notification.Channel>) async throws -> Timestamp? {
        try await store.nextDue(channels)
    }

    func notification(_ id: Identifier) async throws -> Notification? { try await store.notification(id) }

    func notifications(_ filter: NotificationFilter, _ page: Page) async throws -> Listed<Notification> {
        try await store.notifications(filter, page)
    }
}
