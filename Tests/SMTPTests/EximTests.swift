import SMTP
import TestBroker
import TestReceivers
import Testing

/// Against a server that the world's mail goes through.
@Suite(.enabled(if: EximServer.isThere, "needs Debian's exim4, and root"))
struct EximTests {
    private static func client(
        _ exim: EximServer, _ encryption: MailServer.Encryption, password: String? = EximServer.password,
        trusts: Bool = true
    ) async throws -> SMTPClient {
        try await SMTPClient(
            MailServer(
                host: "localhost", port: Int(encryption == .fromTheStart ? exim.portTLS : exim.port),
                encryption: encryption, login: password.map { .init(user: EximServer.user, password: $0) },
                helloName: "shop.test", authorities: trusts ? exim.certificate : nil),
            connections: 2)
    }

    private static func mail(to name: String) -> Mail {
        Mail(
            sender: "shop@shop.test", recipient: "\(name)@example.com",
            content: Array("Subject: To \(name)\r\n\r\n.\r\nHello\r\n".utf8))
    }

    /// As soon as it listens.
    private static func send(_ mail: Mail, by client: SMTPClient) async throws -> MailFailure? {
        let end = ContinuousClock.now + .seconds(30)
        while true {
            let failure = await client.send(mail, beginBy: end, within: .seconds(30))
            guard failure?.message.hasPrefix("connecting") == true, ContinuousClock.now < end else { return failure }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test(arguments: [MailServer.Encryption.started, .fromTheStart])
    func takesWhatIsEncryptedAndFromUs(_ encryption: MailServer.Encryption) async throws {
        let exim = try await EximServer.start(ports: try FreePorts.take(2))
        let client = try await Self.client(exim, encryption)
        for name in ["ada", "grace", "jürgen"] {
            let failure = try await Self.send(Self.mail(to: name), by: client)
            #expect(failure == nil)
        }
        let gone = try await Self.send(Self.mail(to: "gone"), by: client)
        #expect(gone?.kind == .mail && gone?.message == "RCPT TO was answered 550")
        await client.close()
        let end = ContinuousClock.now + .seconds(30)
        while try exim.mails().count < 3, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
        let mails = try exim.mails()
        #expect(mails.count == 3)
        for name in ["ada", "grace", "jürgen"] {
            #expect(
                mails.contains {
                    $0.contains("Subject: To \(name)\n\n.\nHello\n") && $0.contains("<\(name)@")
                        || $0.contains("for \(name)@")
                })
        }
    }

    @Test func aWrongPasswordIsTheServersMatterAndNoMails() async throws {
        let exim = try await EximServer.start(ports: try FreePorts.take(2))
        let client = try await Self.client(exim, .started, password: "guessed")
        let failure = try await Self.send(Self.mail(to: "ada"), by: client)
        #expect(failure?.kind == .server && failure?.message == "AUTH was answered 535")
        await client.close()
    }

    /// Its words would fit a mailbox that does not exist.
    @Test func withoutALoginItIsUnclearWhomARefusalIsAbout() async throws {
        let exim = try await EximServer.start(ports: try FreePorts.take(2))
        let client = try await Self.client(exim, .started, password: nil)
        let failure = try await Self.send(Self.mail(to: "ada"), by: client)
        #expect(failure?.kind == .unclear && failure?.message == "RCPT TO was answered 550")
        await client.close()
    }

    @Test func aServerThatNobodyVouchesForGetsNothing() async throws {
        let exim = try await EximServer.start(ports: try FreePorts.take(2))
        let trusting = try await Self.client(exim, .started)
        #expect(try await Self.send(Self.mail(to: "ada"), by: trusting) == nil)
        await trusting.close()
        let client = try await Self.client(exim, .started, trusts: false)
        let failure = await client.send(Self.mail(to: "ada"), beginBy: .now + .seconds(10), within: .seconds(30))
        #expect(failure?.kind == .server && failure?.mayBeTaken == false)
        await client.close()
    }
}
