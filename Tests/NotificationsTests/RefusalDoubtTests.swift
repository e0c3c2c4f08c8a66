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
