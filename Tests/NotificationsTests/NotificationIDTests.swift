import ExactText
import Identifiers
import Testing
import Timestamps

@testable import Notifications

@Suite struct NotificationIDTests {
    /// So that rows that are made one after the other stand beside each other in the indexes.
    @Test func anIDBeginsWithTheTimeOfItsEvent() {
        let event = Identifier.time()
        let ids = Notification.Channel.allCases.map { Notification.id(event: event, channel: $0) }
        #expect(Set(ids).count == 2 && ids.allSatisfy { $0.high >> 16 == event.high >> 16 && $0 != event })
        #expect(ids[0] == Notification.id(event: event, channel: .email), "the same event, the same id")
        #expect(ids[0] != Notification.id(event: event, channel: .email, repeatNumber: 1))
    }

    /// As it was made before ids began with a time.
    @Test func anIDOfAnEarlierVersionIsItsEventsToo() throws {
        let event = try #require(Identifier("019b76da-a87b-7000-8000-000000000010"))
        let old = try #require(Identifier("2ecb27a8-5cef-802e-a9c0-3a2a07cc7bc4"))
        var notification = Notification(
            id: Notification.id(event: event, channel: .email), orderID: .time(), eventID: event, kind: .orderConfirmed,
            channel: .email, recipient: "ada@example.com", subject: "", body: "", status: .queued, attempts: 0,
            createdAt: .now(), sentAt: nil)
        #expect(notification.id != old && notification.isOfItsEvent)
        notification.id = old
        #expect(notification.isOfItsEvent)
        notification.id = .time()
        #expect(!notification.isOfItsEvent)
    }

    /// The id of a stranger's event is a hash: there is no time in it.
    @Test func aHashTellsNoTime() {
        let event = Identifier.hashed([UInt8](repeating: 7, count: 32))
        #expect(Notification.id(event: event, channel: .email).high >> 16 != event.high >> 16)
    }
}
