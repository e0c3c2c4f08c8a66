import ExactText
import Identifiers
import MailFormat
import SMTP
import TestReceivers
import Testing
import Timestamps

@testable import Notifications

/// Against a server that answers as the recipient's name asks for.
@Suite struct MailSenderTests {
    private static func mail(to name: String) -> Notification {
        Notification(
            id: .time(), orderID: .time(), eventID: nil, kind: .custom, channel: .email,
            recipient: "\(name)@example.com", subject: "Hello", body: "Hello", status: .queued, attempts: 1,
            createdAt: .now())
    }

    /// What becomes of mails, batch by batch.
    private static func send(_ batches: [String]...) async throws -> [[SendFailure.Scope?]] {
        let server = try await FailingMailServer()
        let client = try await SMTPClient(
            MailServer(host: "127.0.0.1", port: server.port, encryption: .none, helloName: "shop.test"),
            connections: MailSender.connections)
        let from = try #require(Mailbox("shop@shop.test"))
        let sender = MailSender(client, from: from)
        var scopes: [[SendFailure.Scope?]] = []
        for batch in batches { scopes.append(await sender.send(batch.map(mail)).map { $0?.scope }) }
        await client.close()
        return scopes
    }

    @Test(arguments: ["relay", "who", "grey"])
    func oneRecipientThatIsRefusedHoldsUpNoMail(_ name: String) async throws {
        #expect(try await Self.send([name], [name], ["ada"]) == [[.messageForNow], [.messageForNow], [nil]])
    }

    @Test func twoInARowAreTheServersMatter() async throws {
        let scopes = try await Self.send(["relay"], ["relay+b"], ["ada"], ["relay"])
        #expect(scopes == [[.messageForNow], [.everything], [nil], [.messageForNow]])
    }

    @Test func whereOthersAreTakenItIsTheRecipients() async throws {
        let scopes = try await Self.send(["relay", "relay+b", "ada"], ["gone", "relay", "relay+b"])
        #expect(scopes == [[.messageForNow, .messageForNow, nil], [.message, .messageForNow, .messageForNow]])
    }
}
