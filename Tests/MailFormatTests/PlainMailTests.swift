import Foundation
import MailFormat
import TestProcess
import Testing
import Timestamps

/// What we write, as Python's `email` reads it.
@Suite struct PlainMailTests {
    private struct Read: Decodable, Equatable {
        var from: [String]
        var to: [String]
        var subject: String
        var text: String
        var date: String
        var defects: Int
        var longest: Int
    }

    private static func read(_ mail: PlainMail) async throws -> Read {
        try await onAThread { try ask(mail) }
    }

    private static func ask(_ mail: PlainMail) throws -> Read {
        let process = ChildProcess()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", program, Data(mail.written()).base64EncodedString()]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        return try JSONDecoder().decode(Read.self, from: output.fileHandleForReading.readToEnd() ?? Data())
    }

    private static let program = """
        import base64, email, email.policy, email.utils, json, sys
        data = base64.b64decode(sys.argv[1])
        mail = email.message_from_bytes(data, policy=email.policy.default)
        from email.header import decode_header, make_header
        def people(header): return [str(part) for a in header.addresses for part in (a.display_name, a.username + "@" + a.domain)]
        # The newer reader takes the fold between two encoded words of a name for a blank.
        old = email.utils.parseaddr(email.message_from_bytes(data)["from"])
        sender = [str(make_header(decode_header(old[0]))), old[1]]
        defects = len(mail.defects) + sum(len(value.defects) for value in mail.values())
        print(json.dumps({"from": sender, "to": people(mail["to"]), "subject": mail["subject"],
            "text": mail.get_content().replace("\\r\\n", "\\n"), "date": mail["date"].datetime.isoformat(), "defects": defects,
            "longest": max(len(line) for line in data.split(b"\\r\\n"))}))
        """

    private static func mail(
        from: String = "Your shop <orders@shop.test>", to: String = "ada@example.com", subject: String = "Your order",
        text: String = "Hello"
    ) throws -> PlainMail {
        PlainMail(
            from: try #require(Mailbox(from)), to: try #require(MailAddress(to)), subject: subject, text: text,
            date: Timestamp(milliseconds: 1_796_032_204_567), messageID: "1@shop.test")
    }

    @Test(arguments: [
        "Your order 1f0 is confirmed", "Ihre Bestellung ist bestätigt", "", "  two blanks  in a row ", "=?UTF-8?Q?no?=",
        "ご注文の確認：青いティーポットと白いカップとその他たくさんの品物をお送りします。ありがとうございます。",
        String(repeating: "word ", count: 60) + "end", String(repeating: "x", count: 300),
        String(repeating: "👩‍👩‍👧‍👦", count: 20), "a\u{7}bell", "half (comment) \"quoted\" <a@b>",
    ]) func subjectsArriveAsTheyWere(_ subject: String) async throws {
        let read = try await Self.read(try Self.mail(subject: subject))
        #expect(read.subject == subject)
        #expect(read.defects == 0)
        #expect(read.longest <= 76)
    }

    @Test(arguments: [
        "Hello Ada,\n\nThank you.", "no end", "ends\n", ".\n.two\n", "blanks at the end  \n\tand a tab\t\nx",
        "a=b =3D\n",
        "Grüße aus Zürich\n", String(repeating: "long ", count: 100) + "\n", String(repeating: "ü", count: 200),
        "From here\n", "line\r\nline\r\n",
    ]) func textsArriveAsTheyWere(_ text: String) async throws {
        let read = try await Self.read(try Self.mail(text: text))
        var expected = text.replacingOccurrences(of: "\r\n", with: "\n")
        if !expected.hasSuffix("\n") { expected += "\n" }
        #expect(read.text == expected)
        #expect(read.defects == 0)
        #expect(read.longest <= 78)
    }

    @Test(arguments: [
        ("orders@shop.test", ["", "orders@shop.test"]), ("Your shop <o@shop.test>", ["Your shop", "o@shop.test"]),
        ("\"Tea, Cups & Co.\" <o@shop.test>", ["Tea, Cups & Co.", "o@shop.test"]),
        ("Tea, Cups <o@shop.test>", ["Tea, Cups", "o@shop.test"]),
        ("Bücher Müller <o@shop.test>", ["Bücher Müller", "o@shop.test"]),
        (
            "Ein sehr langer Name für ein Geschäft, das Bücher und Tee führt und noch mehr <o@shop.test>",
            ["Ein sehr langer Name für ein Geschäft, das Bücher und Tee führt und noch mehr", "o@shop.test"]
        ),
    ]) func sendersArriveAsTheyWere(_ from: String, _ people: [String]) async throws {
        let read = try await Self.read(try Self.mail(from: from))
        #expect(read.from == people)
        #expect(read.defects == 0)
    }

    @Test(arguments: [
        "ada@example.com", "a.b+c@example.com", "\"@example.com", "a,b@example.com", "a..b@example.com",
        "<x>@example.com",
    ])
    func anAddressNamesOneMailbox(_ address: String) async throws {
        let read = try await Self.read(try Self.mail(to: address))
        #expect(read.to.count == 2)
        #expect(read.to.last == address)
    }

    @Test(arguments: [
        "", "ada", "@example.com", "ada@", "ada@exa mple.com", "ada@example.com>", "ada@a,b",
        "a\r\nBcc: b@c.d@example.com",
        "ada@example..com", String(repeating: "a", count: 65) + "@example.com",
    ]) func whatIsNoAddressIsNone(_ text: String) {
        #expect(MailAddress(text) == nil)
    }

    @Test(arguments: [
        ("\"john doe\"@example.com", "\"john doe\"@example.com"), ("\"john.doe\"@example.com", "john.doe@example.com"),
        ("\"a\\\"b\"@example.com", "\"a\\\"b\"@example.com"), ("a@[192.0.2.1]", "a@[192.0.2.1]"),
        ("a@\u{301}example.com", "a@\u{301}example.com"),
    ]) func whatIsMeantIsWritten(_ typed: String, _ written: String) throws {
        #expect(Array(try #require(MailAddress(typed)).text.utf8) == Array(written.utf8))
    }

    @Test func anInternationalDomainIsWrittenInASCII() throws {
        let address = try #require(MailAddress("\"ada l\"@b\u{fc}cher.example"))
        #expect(address.withDomain { _ in "xn--bcher-kva.example" }?.text == "\"ada l\"@xn--bcher-kva.example")
        #expect(address.withDomain { _ in nil } == nil)
        #expect(address.withDomain { _ in String(repeating: "a", count: 256) } == nil)
    }

    @Test func theSameMailIsTheSameBytes() async throws {
        let mail = try Self.mail()
        #expect(mail.written() == mail.written())
        let read = try await Self.read(mail)
        #expect(read.date == "2026-11-30T09:50:04+00:00")
        #expect(String(decoding: mail.written(), as: UTF8.self).contains("\r\nMessage-ID: <1@shop.test>\r\n"))
    }
}
