import ExactText
import Identifiers
import Testing
import Timestamps

@testable import Notifications

/// What the deliverer holds in memory, and when it does what.
@Suite struct InHandTests {
    private let now = ContinuousClock.now
    private let time = Timestamp(milliseconds: 1_767_225_600_000)

    private func notification(_ bytes: Int = 1) -> Notification {
        Notification(
            id: .time(), orderID: .time(), eventID: .time(), kind: .orderConfirmed, channel: .email, recipient: "",
            subject: "", body: ExactText(String(repeating: "n", count: bytes)), status: .queued, attempts: 1,
            createdAt: time, sentAt: nil)
    }

    /// One that has found nothing more in the database.
    private func caughtUp() -> InHand {
        var inHand = InHand()
        inHand.claimedAll(inHand.mark, nextDue: nil)
        return inHand
    }

    private func next(_ inHand: inout InHand, after wait: Duration = .zero) -> InHand.Step {
        inHand.next(limit: 256, lookEvery: nil, at: now + wait, time)
    }

    @Test func nothingIsClaimedAheadOfWhatMayBeQueued() {
        var inHand = InHand()
        #expect(inHand.beginReceiving(at: now).room == ClaimRoom(), "what was left from before comes first")
        inHand.received([], hasMore: false, begun: now)
        let mark = inHand.mark
        inHand.noteQueued()
        inHand.claimedAll(mark, nextDue: nil)
        #expect(next(&inHand) == .claim, "something came while it was claimed")
        inHand.claimedAll(inHand.mark, nextDue: nil)
        #expect(inHand.beginReceiving(at: now).room == ClaimRoom(count: InHand.room, bytes: ClaimSize.bytes))
        inHand.received([notification()], hasMore: true, begun: now)
        #expect(inHand.beginReceiving(at: now).room == ClaimRoom(), "the rest was queued")
    }

    @Test func whatIsInHandTakesRoom() {
        var inHand = caughtUp()
        _ = inHand.beginReceiving(at: now)
        let claimed = [notification(100), notification(50)]
        inHand.received(claimed, hasMore: false, begun: now)
        #expect(
            inHand.beginReceiving(at: now).room == ClaimRoom(count: InHand.room - 2, bytes: ClaimSize.bytes - 150))
        #expect(inHand.beginReceiving(at: now).room == ClaimRoom(), "one transaction at a time")
        #expect(next(&inHand) == .send(claimed))
        inHand.receivingFailed([])
        inHand.claimedAll(inHand.mark, nextDue: nil)
        inHand.beginSending(at: now)
        #expect(inHand.beginReceiving(at: now + .seconds(1)).room == ClaimRoom(), "the sender is slow")
    }

    @Test func moreMayComeWhenNothingWaitsForItsTurn() {
        var inHand = InHand()
        #expect(!inHand.hasTimeForMore, "what was left from before comes first")
        inHand.claimedAll(inHand.mark, nextDue: nil)
        #expect(inHand.hasTimeForMore)
        _ = inHand.beginReceiving(at: now)
        inHand.received((0..<300).map { _ in notification() }, hasMore: false, begun: now)
        _ = next(&inHand)
        #expect(!inHand.hasTimeForMore, "44 wait")
        _ = next(&inHand)
        #expect(inHand.hasTimeForMore, "the last are being sent")
        inHand.noteQueued()
        #expect(!inHand.hasTimeForMore)
        inHand.stop()
        #expect(inHand.hasTimeForMore, "whoever receives is not to wait for what will not be sent")
    }

    /// What was sent is noted by the transaction that receives more, and takes no room from it.
    @Test func whatWasSentTakesNoRoom() {
        var inHand = caughtUp()
        inHand.beginSending(at: now)
        inHand.sent((0..<1_000).map { _ in Delivery(notification: .time(), outcome: .failed) })
        let (room, finished) = inHand.beginReceiving(at: now)
        #expect(room.count == InHand.room && finished.count == 1_000)
    }

    /// A claim that has run out is not sent, and nothing that comes after it is sent before it.
    @Test func whatHasWaitedForTooLongGoesBackWithAllBehindIt() {
        var inHand = caughtUp()
        let (old, new) = (notification(), notification())
        inHand.received([old], hasMore: false, begun: now)
        inHand.received([new], hasMore: false, begun: now + .seconds(3))
        #expect(next(&inHand, after: .seconds(3)) == .giveBack([old, new]))
        #expect(next(&inHand, after: .seconds(3)) == .claim)
    }

    @Test func whatWasSentIsNotedByTheNextTransaction() {
        var inHand = caughtUp()
        let sent = Delivery(notification: .time(), outcome: .sent(at: time))
        inHand.beginSending(at: now)
        inHand.sent([sent])
        #expect(next(&inHand) == .wait(InHand.noteAfter))
        #expect(inHand.beginReceiving(at: now).finished == [sent])
        #expect(next(&inHand, after: .seconds(1)) == .wait(nil))
        inHand.receivingFailed([sent])
        #expect(next(&inHand, after: .seconds(60)) == .note, "it failed, or nobody knows")
        #expect(inHand.takeFinished() == [sent])
    }

    @Test func aRetryIsClaimedWhenItIsDue() {
        var inHand = caughtUp()
        inHand.beginSending(at: now)
        inHand.sent([Delivery(notification: .time(), outcome: .retry(at: time.advanced(bySeconds: 1)))])
        _ = inHand.takeFinished()
        #expect(next(&inHand) == .wait(.seconds(1)))
        #expect(inHand.next(limit: 1, lookEvery: nil, at: now, time.advanced(bySeconds: 1)) == .claim)
    }

    /// While its server is away, what is in hand goes back when it has waited for too long, and nothing is claimed.
    @Test func nothingIsSentWhileItIsPaused() {
        var inHand = caughtUp()
        #expect(inHand.beginReceiving(isPaused: true, at: now).room == ClaimRoom())
        let one = notification()
        inHand.received([one], hasMore: true, begun: now)
        func next(after wait: Duration) -> InHand.Step {
            inHand.next(limit: 1, pause: .seconds(60), lookEvery: nil, at: now + wait, time)
        }
        #expect(next(after: .zero) == .wait(InHand.freshFor + .milliseconds(1)))
        #expect(next(after: .seconds(3)) == .giveBack([one]))
        #expect(next(after: .seconds(3)) == .wait(.seconds(60)), "it is asked again then")
        #expect(inHand.next(limit: 1, lookEvery: nil, at: now, time) == .claim)
    }

    @Test func aRoomEndsWithWhatDoesNotFit() {
        let all = [notification(10), notification(10), notification(30), notification(1)]
        func fit(_ room: ClaimRoom, _ notifications: [Notification]) -> [Bool] {
            var rooms = ClaimRooms.all(room)
            return notifications.map { rooms.take($0) }
        }
        #expect(fit(ClaimRoom(count: 10, bytes: 40), all) == [true, true, false, false])
        #expect(fit(ClaimRoom(count: 1, bytes: 40), all) == [true, false, false, false])
        #expect(fit(ClaimRoom(), all) == [false, false, false, false])
        var noted = notification()
        noted.status = .noted
        #expect(
            fit(ClaimRoom(count: 1, bytes: 40), [noted, all[0], noted, all[1]]) == [false, true, false, false],
            "those are not sent")
    }

    @Test func aFullLaneTakesNoRoomFromAnother() {
        var rooms = ClaimRooms([
            .init([.email], ClaimRoom(count: 1, bytes: 100)), .init([.sms], ClaimRoom(count: 9, bytes: 100)),
        ])
        var sms = notification()
        sms.channel = .sms
        let taken = [notification(), notification(), sms, notification(), sms].map { rooms.take($0) }
        #expect(taken == [true, false, true, false, true])
    }
}
