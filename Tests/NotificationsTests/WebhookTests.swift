import ExactText
import HTTPClient
import Identifiers
import TestReceivers
import Testing
import Timestamps

@testable import Notifications

@Suite struct WebhookTests {
    private static let secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    private static func message(to recipient: String) -> Notification {
        Notification(
            id: .time(), orderID: .time(), eventID: nil, kind: .custom, channel: .sms, recipient: "\(recipient)",
            subject: "", body: "Hello", status: .queued, attempts: 1, createdAt: .now())
    }

    private static func send(
        _ recipients: [String], to port: Int, secrets: String = "whsec_\(secret)"
    ) async throws -> [SendFailure?] {
        let client = HTTPClient { _ in }
        let sender = WebhookSender(
            [.sms], url: "http://127.0.0.1:\(port)/sms", secrets: try WebhookSecrets(text: secrets), client: client)
        let failures = await sender.send(recipients.map(message))
        await client.close()
        return failures
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

    @Test func tellsWhatARefusalIsAbout() async throws {
        let receiver = try await FailingReceiver(secret: Self.secret)
        let failures = try await Self.send(
            ["ada", "422", "400", "409", "500", "404", "401", "301", "429", "503"], to: receiver.port)
        #expect(
            failures.map { $0?.scope } == [
                nil, .message, .messageForNow, .messageForNow, .everything, .everything, .everything, .everything,
                .everything,
                .everything,
            ])
        #expect(failures.map { $0?.retryAfter } == Array(repeating: nil, count: 8) + [.seconds(7), .seconds(7)])
        #expect(try receiver.taken().map(\.type) == ["notification.sms"])
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
