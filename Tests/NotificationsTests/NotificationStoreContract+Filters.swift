import Databases
import ExactText
import Identifiers
import Testing
import Timestamps

@testable import Notifications

/// Lists of some notifications.
extension NotificationStoreContract {
    private static let day: Int64 = 24 * 60 * 60 * 1_000

    private func notification(
        _ channel: Notification.Channel, _ recipient: ExactText, _ status: Notification.Status, at milliseconds: Int64
    ) -> Notification {
        Notification(
            id: .time(), orderID: .time(), eventID: nil, kind: .custom, channel: channel, recipient: recipient,
            subject: "", body: "x", status: status, attempts: 1, createdAt: Timestamp(milliseconds: milliseconds),
            sentAt: nil)
    }

    /// By their numbers in `all`, in the list's order, a page for each.
    private func listed(_ filter: NotificationFilter, of all: [Notification]) async throws -> [Int] {
        var page = Page(limit: 1, after: nil)
        var found: [Identifier] = []
        repeat {
            let list = try await store.notifications(filter, page)
            found += list.items.map(\.item.id)
            page.after = list.hasMore ? list.last : nil
        } while page.after != nil && found.count < 1_000
        return found.compactMap { id in all.firstIndex { $0.id == id } }
    }

    func listsByFilter() async throws {
        // Later than all that is there.
        let base = Timestamp.now().milliseconds + 100 * Self.day
        let all = [
            notification(.email, "Filter@example.com", .sent, at: base),
            notification(.sms, "+49 30 123456", .failed, at: base + Self.day),
            notification(.email, "filter@example.com", .noted, at: base + 2 * Self.day),
            notification(.email, "other@example.com", .failed, at: base + 3 * Self.day),
            notification(.sms, "+49 30 123456", .queued, at: base + 4 * Self.day),
            notification(.email, "filter@EXAMPLE.com", .queued, at: base + 5 * Self.day),
        ]
        for one in all { _ = try await store.insert([one], key: nil, answer: []) }
        let expected: [(NotificationFilter, [Int])] = [
            (NotificationFilter(), [5, 4, 3, 2, 1, 0]),
            (NotificationFilter(order: all[2].orderID), [2]),
            (NotificationFilter(order: all[2].orderID, recipient: "other@example.com"), []),
            (NotificationFilter(recipient: "filter@example.com"), [5, 2, 0]),
            (NotificationFilter(status: .noted, recipient: "FILTER@example.com"), [2]),
            (NotificationFilter(recipient: "+49 30 123456", channel: .email), []),
            (NotificationFilter(status: .sent), [0]), (NotificationFilter(status: .failed), [3, 1]),
            (NotificationFilter(status: .noted), [2]), (NotificationFilter(status: .queued), [5, 4]),
            (NotificationFilter(status: .queued, channel: .sms), [4]),
            (NotificationFilter(status: .failed, channel: .sms), [1]),
            (NotificationFilter(status: .sent, channel: .sms), []), (NotificationFilter(channel: .sms), [4, 1]),
        ]
        for (filter, numbers) in expected { #expect(try await listed(filter, of: all) == numbers, "\(filter)") }
        func time(_ number: Int) -> Timestamp { all[number].createdAt }
        let times: [(Timestamp?, Timestamp?, Notification.Status?, [Int])] = [
            (time(1), nil, nil, [5, 4, 3, 2, 1]), (nil, time(1), nil, [0]), (time(1), time(3), nil, [2, 1]),
            (time(1), time(1), nil, []), (time(0), time(2), .failed, [1]), (time(5), nil, .queued, [5]),
            (time(0), time(5), .sent, [0]),
        ]
        for (from, before, status, numbers) in times {
            let filter = NotificationFilter(status: status, createdFrom: from, createdBefore: before)
            #expect(try await listed(filter, of: all) == numbers, "\(filter)")
        }
        _ = try await store.claim(.all, by: .time(), for: 60, limit: 256)
    }

    /// Where nothing finds them, a page ends behind so many others, and the next one goes on.
    func aPageLooksThroughSoMany() async throws {
        let now = Timestamp.now().milliseconds + 200 * Self.day
        let rare = notification(.sms, "+49 30 123456", .sent, at: now)
        let others = (0..<NotificationFilter.mostLookedThrough).map { _ in
            notification(.email, "many@example.com", .sent, at: now)
        }
        _ = try await store.insert([rare] + others, key: nil, answer: [])
        let filter = NotificationFilter(channel: .sms, createdFrom: Timestamp(milliseconds: now))
        let first = try await store.notifications(filter, Page(limit: 10, after: nil))
        #expect(first.items.isEmpty && first.hasMore)
        let next = try await store.notifications(filter, Page(limit: 10, after: first.last))
        #expect(next.items.map(\.item.id) == [rare.id] && !next.hasMore)
    }
}
