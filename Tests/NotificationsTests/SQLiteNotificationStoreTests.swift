import Databases
import ExactText
import Identifiers
import TestDatabase
import Testing
import Timestamps

@testable import Notifications

@Suite struct SQLiteNotificationStoreTests {
    @Test(arguments: NotificationStoreContract.promises) func keeps(_ promise: Promise<NotificationStoreContract>)
        async throws
    {
        try await withDatabase(SQLiteNotificationMigrations.all) { database in
            try await promise.check(NotificationStoreContract(store: SQLiteNotificationStore(database)))
        }
    }

    /// What finds the notifications of a filter.
    private static let indexes: [(NotificationFilter, [String])] = [
        (NotificationFilter(), ["INTEGER PRIMARY KEY (rowid<?)"]),
        (NotificationFilter(order: .time()), ["INDEX notifications_order (order_id=? AND position<?)"]),
        (
            NotificationFilter(order: .time(), status: .sent, recipient: "a", channel: .sms),
            ["INDEX notifications_order (order_id=? AND position<?)"]
        ),
        (NotificationFilter(recipient: "a"), ["INDEX notifications_recipient (recipient=? AND position<?)"]),
        (
            NotificationFilter(status: .failed, recipient: "a", channel: .email),
            ["INDEX notifications_recipient (recipient=? AND position<?)"]
        ),
        (NotificationFilter(status: .failed), ["INDEX notifications_failed (status=? AND position<?)"]),
        (
            NotificationFilter(status: .noted, channel: .sms, createdFrom: Timestamp(milliseconds: 0)),
            ["INDEX notifications_noted (status=? AND position>? AND position<?)"]
        ),
    ]

    @Test(arguments: indexes.indices) func eachFilterHasAnIndex(_ number: Int) async throws {
        let (filter, indexes) = Self.indexes[number]
        try await withDatabase(SQLiteNotificationMigrations.all) { database in
            let store = SQLiteNotificationStore(database)
            let plan = try await QueryPlans.plan(in: database) {
                _ = try await store.notifications(filter, Page(limit: 10, after: nil))
            }
            let used = plan.compactMap { step in
                step.firstRange(of: " USING ").map { String(step[$0.upperBound...]) }
            }
            #expect(used == indexes, "\(plan)")
            #expect(!plan.contains { $0.contains("B-TREE") }, "\(plan)")
        }
    }

    @Test func noStatementGoesThroughATable() async throws {
        try await withDatabase(SQLiteNotificationMigrations.all) { database in
            let store = SQLiteNotificationStore(database)
            try await NotificationStoreContract(store: store).runEverything(reader: store)
            try await store.dropClaims()
            let scans = try await QueryPlans.scans(
                in: database,
                fill: [
                    """
                    INSERT INTO notifications (notification_id, order_id, event_id, type, channel, recipient, subject, body,
                        status, attempts, created_at)
                    SELECT randomblob(16), CAST('o' || (i / 2) AS BLOB), randomblob(16), 'order_confirmed', 'email', 'a@b',
                        'a', 'a', 'sent', 1, i FROM n
                    """, "INSERT INTO inbox (event_id, received_at) SELECT randomblob(16), i FROM n",
                    "INSERT INTO rejections (order_id, event_id) SELECT randomblob(16), randomblob(16) FROM n",
                ], small: ["notifications_due", "repeats"], sparing: [])
            #expect(scans == [])
        }
    }
}
