import Testing

@testable import Notifications

/// Whom a refusal is about that does not say it.
@Suite struct RefusalDoubtTests {
    private static let denied = RefusalDoubt.Outcome.unclear(answer: "554 5.7.1")
    private let sender = Sender()

    private final class Sender {
        var doubt = RefusalDoubt()
    }

    private func isAboutUs(_ outcomes: (String, RefusalDoubt.Outcome)...) -> Bool {
        sender.doubt.isAboutUs(outcomes.map { (recipient: $0.0, outcome: $0.1) })
    }

    @Test func theFirstIsAboutItsRecipientHoweverOften() {
        for _ in 0..<3 { #expect(!isAboutUs(("ada", Self.denied))) }
        #expect(!isAboutUs(("ada", Self.denied), ("ada", Self.denied)))
    }

    @Test func aSecondRecipientShowsThatItIsAboutUs() {
        #expect(!isAboutUs(("ada", Self.denied)))
        #expect(isAboutUs(("bob", Self.denied)))
        // One alone asks whether it is over.
        #expect(isAboutUs(("ada", Self.denied)))
        #expect(!isAboutUs(("ada", .taken)))
        #expect(!isAboutUs(("bob", Self.denied)))
    }

    @Test func twoAtOnceDoTheSame() {
        #expect(isAboutUs(("ada", Self.denied), ("bob", Self.denied)))
    }

    @Test(arguments: [RefusalDoubt.Outcome.taken, .ofMessage])
    func whoListensToOthersListensToUs(_ outcome: RefusalDoubt.Outcome) {
        #expect(!isAboutUs(("ada", Self.denied), ("eve", outcome), ("bob", Self.denied)))
        #expect(!isAboutUs(("ada", Self.denied)))
        #expect(!isAboutUs(("eve", outcome)))
        #expect(!isAboutUs(("bob", Self.denied)))
    }

    @Test func anotherAnswerIsAnotherMatter() {
        #expect(!isAboutUs(("ada", Self.denied)))
        #expect(!isAboutUs(("bob", .unclear(answer: "550"))))
        #expect(isAboutUs(("eve", .unclear(answer: "550"))))
    }

    @Test func silenceTellsNothing() {
        #expect(!isAboutUs(("ada", Self.denied)))
        #expect(!isAboutUs(("eve", .silent)))
        #expect(isAboutUs(("bob", Self.denied)))
    }

    /// Two mailboxes that are gone hold up nobody, however often they are tried.
    @Test func whomOthersHavePassedShowsNothingOfUs() {
        for recipient in ["ada", "bob"] {
            #expect(!isAboutUs((recipient, Self.denied)))
            #expect(!isAboutUs(("eve", .taken)))
        }
        for _ in 0..<3 {
            #expect(!isAboutUs(("ada", Self.denied)))
            #expect(!isAboutUs(("bob", Self.denied)))
        }
        #expect(!isAboutUs(("new", Self.denied)))
        #expect(isAboutUs(("newer", Self.denied)), "to these nothing was ever taken beside")
    }

    @Test func nothingIsToBeHopedForAfterEightTimesAndTwoMinutes() {
        let start = ContinuousClock.now
        for second in 0..<8 {
            let isAboutUs = sender.doubt.isAboutUs(
                [("ada", Self.denied), ("eve", .taken)], at: start + .seconds(second))
            #expect(!isAboutUs)
        }
        #expect(!sender.doubt.isHopeless("ada", at: start + .seconds(119)))
        #expect(sender.doubt.isHopeless("ada", at: start + .seconds(120)))
    }

    /// While all are refused nobody's time runs, and one that is taken beside it is not enough.
    @Test func whatWeAreRefusedCountsForNobody() {
        let start = ContinuousClock.now
        for second in 0..<20 {
            _ = sender.doubt.isAboutUs([("ada", Self.denied), ("bob", Self.denied)], at: start + .seconds(second))
        }
        #expect(!isAboutUs(("ada", Self.denied), ("eve", .taken)))
        #expect(!sender.doubt.isHopeless("ada", at: start + .seconds(3_600)))
    }

    @Test func othersPassOnceTheyWereTakenSince() {
        #expect(!isAboutUs(("eve", .taken)))
        #expect(!isAboutUs(("ada", Self.denied)))
        #expect(!sender.doubt.othersPass("ada"), "it may have changed after that one")
        #expect(!isAboutUs(("eve", .taken)))
        #expect(sender.doubt.othersPass("ada") && !sender.doubt.othersPass("eve"))
        #expect(!isAboutUs(("ada", .taken)))
        #expect(!sender.doubt.othersPass("ada"))
    }
}
