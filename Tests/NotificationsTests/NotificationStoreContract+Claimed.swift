import Identifiers
import Testing
import Timestamps

@testable import Notifications

extension NotificationStoreContract {
    /// What is stored as claimed is sent by nobody else, until it is given back or its claim ends.
    func storesWhatIsClaimed() async throws {
        while try await !store.claim(.all, by: .time(), for: 60, limit: 256).isEmpty {}
        let (owner, other) = (Identifier.time(), Identifier.time())
        let event = Self.event()
        let notes = DeliveryNotes(owner: owner, rooms: .all(ClaimRoom(count: 1, bytes: 10_000)), seconds: 60)
        let received = try await store.receive([ReceivedEvent(event)], nil, notes)
        #expect(received.claimed.map(\.channel) == [.email] && received.claimed.map(\.attempts) == [1])
        #expect(received.queued == [.sms])
        let email = try #require(try await of(event).last)
        #expect(received.claimed == [email])
        let sms = try await store.claim(.all, by: other, for: 60, limit: 100)
        #expect(sms.map(\.channel) == [.sms], "there was room for one")
        #expect(try await store.receive([ReceivedEvent(event)], nil, notes).claimed.isEmpty, "a repeat makes nothing")

        try await store.giveBack([email.id, sms[0].id], by: owner)
        #expect(try await store.notification(email.id)?.attempts == 0)
        let again = try await store.claim(.all, by: other, for: 60, limit: 100)
        #expect(again.map(\.id) == [email.id] && again.first?.attempts == 1, "another's is left alone")

        // A claim that ends with the transaction: another takes it up.
        let late = Self.event(phone: nil)
        let ended = DeliveryNotes(owner: owner, rooms: .all(ClaimRoom(count: 5, bytes: 10_000)), seconds: 0)
        #expect(try await store.receive([ReceivedEvent(late)], nil, ended).claimed.count == 1)
        #expect(try await store.claim(.all, by: other, for: 60, limit: 100).map(\.attempts) == [2])
    }

    /// The transaction that receives events notes what became of others.
    func notesWhatWasSentWithTheNextEvents() async throws {
        let owner = Identifier.time()
        var notes = DeliveryNotes(owner: owner, rooms: .all(ClaimRoom(count: 5, bytes: 10_000)), seconds: 60)
        let first = try #require(
            try await store.receive([ReceivedEvent(Self.event(phone: nil))], nil, notes).claimed.first)
        let sentAt = Timestamp.now()
        notes.finished = [Delivery(notification: first.id, outcome: .sent(at: sentAt))]
        let second = try await store.receive([ReceivedEvent(Self.event(phone: nil))], nil, notes)
        #expect(second.claimed.count == 1 && second.queued.isEmpty)
        let noted = try #require(try await store.notification(first.id))
        #expect(noted.status == .sent && noted.sentAt == sentAt && noted.attempts == 1)
        try await store.finish(second.claimed.map { Delivery(notification: $0.id, outcome: .failed) }, by: owner)
    }
}
