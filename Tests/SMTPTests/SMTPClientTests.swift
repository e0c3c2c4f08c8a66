import SMTP
import TestBroker
import TestReceivers
import Testing

/// Against a server that answers as the recipient's name asks for.
@Suite struct SMTPClientTests {
    private static func client(_ port: Int, connections: Int = 1) async throws -> SMTPClient {
        try await SMTPClient(
            MailServer(host: "127.0.0.1", port: port, encryption: .none, helloName: "shop.test"),
            connections: connections)
    }

    private static func mail(to name: String, _ content: String = "Subject: x\r\n\r\nHello\r\n") -> Mail {
        Mail(sender: "shop@shop.test", recipient: "\(name)@example.com", content: Array(content.utf8))
    }

    private static var soon: ContinuousClock.Instant { .now + .seconds(30) }

    @Test func takesMailsOneAfterTheOtherOnOneConnection() async throws {
        let server = try await FailingMailServer()
        let client = try await Self.client(server.port)
        for number in 1...3 {
            #expect(await client.send(Self.mail(to: "ada\(number)"), beginBy: Self.soon, within: .seconds(30)) == nil)
        }
        await client.close()
        let taken = try server.taken()
        #expect(taken.map(\.recipient) == (1...3).map { "ada\($0)@example.com" })
        #expect(Set(taken.map(\.connection)) == [1])
        #expect(taken.allSatisfy { $0.sender == "shop@shop.test" && $0.content == "Subject: x\r\n\r\nHello\r\n" })
    }

    @Test func dotsAtTheStartOfALineArriveAsTheyWere() async throws {
        let server = try await FailingMailServer()
        let client = try await Self.client(server.port)
        let content = "Subject: x\r\n\r\n.\r\n..two\r\nend\r\n"
        #expect(await client.send(Self.mail(to: "ada", content), beginBy: Self.soon, within: .seconds(30)) == nil)
        await client.close()
        #expect(try server.taken().map(\.content) == [content])
    }

    @Test(arguments: [
        ("gone", MailFailure.Kind.mail, "RCPT TO was answered 550 5.1.1"),
        ("full", .mailForNow, "RCPT TO was answered 452 4.2.2"),
        ("relay", .unclear, "RCPT TO was answered 554 5.7.1"),
        ("grey", .unclear, "RCPT TO was answered 450 4.7.1"),
        ("who", .unclear, "RCPT TO was answered 550"),
        ("login", .server, "RCPT TO was answered 530 5.7.0"),
        ("odd", .mail, "the mail was answered 554 5.6.0"),
        ("spam", .mailForNow, "the mail was answered 554 5.7.1"),
        ("later", .mailForNow, "the mail was answered 451 4.3.0"),
        ("bye", .server, "RCPT TO was answered 421 4.3.2"),
    ]) func tellsWhatARefusalIsAbout(_ name: String, _ kind: MailFailure.Kind, _ message: String) async throws {
        let server = try await FailingMailServer()
        let client = try await Self.client(server.port)
        let failure = try #require(await client.send(Self.mail(to: name), beginBy: Self.soon, within: .seconds(30)))
        #expect(failure.kind == kind)
        #expect(failure.message == message)
        #expect(!failure.mayBeTaken)
        // The next one goes out all the same.
        #expect(await client.send(Self.mail(to: "ada"), beginBy: Self.soon, within: .seconds(30)) == nil)
        await client.close()
    }

    @Test func aMailWithoutAnAnswerMayBeTaken() async throws {
        let server = try await FailingMailServer()
        let client = try await Self.client(server.port)
        let dropped = try #require(await client.send(Self.mail(to: "drop"), beginBy: Self.soon, within: .seconds(30)))
        #expect(dropped.kind == .server && dropped.mayBeTaken)
        let late = try #require(await client.send(Self.mail(to: "hang"), beginBy: Self.soon, within: .seconds(15)))
        #expect(late.kind == .server && late.mayBeTaken)
        let next = await client.send(Self.mail(to: "ada"), beginBy: Self.soon, within: .seconds(30))
        #expect(next == nil)
        await client.close()
        #expect(try server.taken().map(\.recipient) == ["drop@example.com", "ada@example.com"])
    }

    @Test func whatIsOnItsWayIsGivenUp() async throws {
        let server = try await FailingMailServer()
        let client = try await Self.client(server.port)
        async let failure = client.send(Self.mail(to: "hang"), beginBy: Self.soon, within: .seconds(50))
        client.abort()
        let found = try #require(await failure)
        #expect(found.kind == .server)
        await client.close()
    }

    @Test func aServerThatRefusesTheSenderRefusesAll() async throws {
        let server = try await FailingMailServer(refusesSender: true)
        let client = try await Self.client(server.port)
        let failure = try #require(await client.send(Self.mail(to: "ada"), beginBy: Self.soon, within: .seconds(30)))
        #expect(failure.kind == .server && !failure.mayBeTaken)
        #expect(failure.message == "MAIL FROM was answered 550 5.7.1")
        await client.close()
    }

    @Test func aServerThatIsAwayHasTakenNothing() async throws {
        let port = try FreePorts.take(1)[0]
        let client = try await Self.client(Int(port))
        let failure = try #require(await client.send(Self.mail(to: "ada"), beginBy: Self.soon, within: .seconds(30)))
        #expect(failure.kind == .server && !failure.mayBeTaken)
        await client.close()
        #expect(
            await client.send(Self.mail(to: "ada"), beginBy: Self.soon, within: .seconds(30))?.message
                == "the client is closed")
    }

    @Test func whatHasNoTurnInTimeIsNotSent() async throws {
        let server = try await FailingMailServer()
        let client = try await Self.client(server.port)
        let failure = try #require(await client.send(Self.mail(to: "ada"), beginBy: .now, within: .seconds(30)))
        #expect(failure.message == "its turn did not come in time")
        await client.close()
        #expect(try server.taken().isEmpty)
    }
}
