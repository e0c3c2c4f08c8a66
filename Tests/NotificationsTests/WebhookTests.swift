import ExactText
import HTTPClient
import Identifiers
import TestReceivers
import Testing
import Timestamps

@testable import Notifications

@Suite struct WebhookTests {
    private static let secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    private static func message(to recipient: String, attempts: Int64 = 1) -> Notification {
        Notification(
            id: .time(), orderID: .time(), eventID: nil, kind: .custom, channel: .sms, recipient: "\(recipient)",
            subject: "", body: "Hello", status: .queued, attempts: attempts, createdAt: .now())
    }

    private static func send(
        _ recipients: [String], to port: Int, secrets: String = "whsec_\(secret)",
        patience: Duration = .seconds(30)
    ) async throws -> [SendFailure?] {
        try await withSender(to: port, secrets: secrets, patience: patience) {
            await $0.send(recipients.map { message(to: $0) })
        }
    }

    private static func withSender<Value>(
        to port: Int, secrets: String = "whsec_\(secret)", patience: Duration = .seconds(30),
        doubting: Duration = .seconds(120), _ body: (WebhookSender) async throws -> Value
    ) async throws -> Value {
        let client = HTTPClient(maximumResponse: 64 << 10) { _ in }
        let sender = WebhookSender(
            [.sms], url: "http://127.0.0.1:\(port)/sms", secrets: try WebhookSecrets(text: secrets), client: client,
            patience: patience, doubting: doubting)
        let value = try await body(sender)
        await client.close()
        return value
    }

    /// The example of the standard's reference libraries.
    @Test func signsAsTheStandardDoes() throws {
        let signature = try WebhookSecrets(text: "whsec_\(Self.secret)\n").signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func aSecretIsReplacedWithoutALoss() async throws {
        let receiver = try await FailingReceiver(secret: Self.secret)
        let both = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nwhsec_\(Self.secret)"
        let failures = try await Self.send(["ada"], to: receiver.port, secrets: both)
        #expect(failures == [nil])
        let old = try await Self.send(
            ["ada"], to: receiver.port, secrets: "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
        #expect(old == [SendFailure("the receiver answered 401", .everything)])
    }

    @Test(arguments: [
        "", "\n", "whsec_", "whsec_AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "whsec_no base64 at all, is it, is it?",
        "whsec_AAAAAAAAAAAAAAAAAAAA==AAAAAAAAAAAA==",
    ])
    func whatIsNoSecretIsRefused(_ text: String) {
        #expect(throws: WebhookSecrets.Flaw.self) { try WebhookSecrets(text: text) }
    }

    @Test(arguments: [
        (413, SendFailure.Scope.message), (422, .message), (409, .messageForNow), (425, .messageForNow),
        (400, .messageForNow), (404, .messageForNow), (410, .messageForNow), (415, .messageForNow),
        (401, .everything), (403, .everything), (408, .everything), (429, .everything), (500, .everything),
        (503, .everything), (301, .everything),
    ]) func tellsWhatARefusalIsAbout(_ status: Int, _ scope: SendFailure.Scope) async throws {
        let receiver = try await FailingReceiver(secret: Self.secret)
        let failures = try await Self.send(["\(status)"], to: receiver.port)
        #expect(failures.map { $0?.scope } == [scope])
        #expect(failures.map { $0?.message } == ["the receiver answered \(status)"])
        #expect(try receiver.taken().isEmpty, "redirections are not followed")
    }

    /// An address that was set wrongly refuses all, and no message is lost for it.
    @Test func aSecondRecipientThatGetsTheSameShowsThatItIsTheReceivers() async throws {
        let receiver = try await FailingReceiver(secret: Self.secret)
        try await Self.withSender(to: receiver.port) { sender in
            let (first, second) = (Self.message(to: "404", attempts: 99), Self.message(to: "404 1", attempts: 99))
            #expect(await sender.send([first]).map { $0?.scope } == [.messageForNow])
            #expect(await sender.send([second]).map { $0?.scope } == [.everything])
            #expect(await sender.send([first]).map { $0?.scope } == [.everything])
        }
    }

    @Test func whatIsRefusedAgainAndAgainWhileOthersPassIsGivenUp() async throws {
        let receiver = try await FailingReceiver(secret: Self.secret)
        try await Self.withSender(to: receiver.port, doubting: .zero) { sender in
            func send(_ attempts: Int64) async -> [SendFailure.Scope?] {
                await sender.send([Self.message(to: "410", attempts: attempts)]).map { $0?.scope }
            }
            #expect(await send(50) == [.messageForNow], "nothing has passed yet")
            #expect(await sender.send([Self.message(to: "ada")]) == [nil])
            for _ in 2..<RefusalDoubt.times {
                #expect(await send(50) == [.messageForNow], "its receiver may be being replaced")
            }
            #expect(await send(2) == [.messageForNow], "a message has its own tries")
            #expect(await send(50) == [.message])
        }
    }

    @Test(arguments: [
        ("429", 7...7), ("503 30", 30...30), ("409 5", 5...5), ("400 5", 5...5), ("503 99999", 3_600...3_600),
        ("503 99999999999999999999", 3_600...3_600), ("503 date", 100...121), ("413 9", 9...9),
    ]) func isLeftAloneForAsLongAsItAsks(_ recipient: String, _ seconds: ClosedRange<Int>) async throws {
        let receiver = try await FailingReceiver(secret: Self.secret)
        let failure = try #require(try await Self.send([recipient], to: receiver.port)[0])
        let after = try #require(failure.retryAfter)
        #expect(Duration.seconds(seconds.lowerBound) <= after && after <= .seconds(seconds.upperBound))
        #expect(failure.scope != .message)
    }

    @Test(arguments: [
        "500", "503 soon", "503 -5", "503 1.5", "503 Sun, 06 Nov 1994", "503 Sun, 99 Nov 1994 08:49:37 GMT",
    ])
    func whatCannotBeReadIsNoWish(_ recipient: String) async throws {
        let receiver = try await FailingReceiver(secret: Self.secret)
        let failures = try await Self.send([recipient], to: receiver.port)
        #expect(failures.map { $0?.scope } == [.everything] && failures.map { $0?.retryAfter } == [nil])
    }

    /// Nobody reads the body: the status says that it is taken.
    @Test func aBodyThatDoesNotEndTakesNothingBack() async throws {
        let receiver = try await FailingReceiver(secret: Self.secret)
        #expect(try await Self.send(["endless"], to: receiver.port) == [nil])
    }

    @Test func aBodyThatDoesNotComeTakesNothingBack() async throws {
        let receiver = try await FailingReceiver(secret: Self.secret)
        #expect(try await Self.send(["stuck"], to: receiver.port, patience: .seconds(10)) == [nil])
    }

    @Test func silenceEndsWithTheDeadline() async throws {
        let receiver = try await FailingReceiver(secret: Self.secret)
        let failures = try await Self.send(["hang"], to: receiver.port, patience: .seconds(10))
        #expect(failures.map { $0?.scope } == [.everything] && failures.map { $0?.mayBeTaken } == [true])
    }

    @Test func aCallWithoutAnAnswerMayBeTaken() async throws {
        let receiver = try await FailingReceiver(secret: Self.secret)
        let failures = try await Self.send(["drop"], to: receiver.port)
        #expect(failures.map { $0?.mayBeTaken } == [true])
        #expect(try receiver.taken().map(\.recipient) == ["drop"])
    }

    @Test func aReceiverThatIsAwayHasTakenNothing() async throws {
        // Nobody listens on port 1.
        let failures = try await Self.send(["ada"], to: 1)
        #expect(failures.map { $0?.scope } == [.everything] && failures.map { $0?.mayBeTaken } == [false])
    }
}
