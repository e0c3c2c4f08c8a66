import Arguments
import FollowedFiles
import Glibc
import MailFormat
import Notifications
import SMTP

/// The options that say how messages to customers leave.
enum MessageOptions {
    private static let emailBy = Option(
        name: "email-by", value: "URL",
        help:
            "What sends e-mail: smtp://HOST:PORT (STARTTLS, 587), smtps://HOST:PORT (TLS, 465), or http(s)://… for a signed webhook. Without it e-mail is only written to the log",
        environment: "EMAIL_BY")
    private static let smsBy = Option(
        name: "sms-by", value: "URL",
        help: "What sends SMS: http(s)://… for a signed webhook. Without it SMS are only written to the log",
        environment: "SMS_BY")
    private static let mailFrom = Option(
        name: "mail-from", value: "ADDRESS",
        help: "Whom mails are from: orders@example.com or \"A shop <orders@example.com>\". Needed for smtp: and smtps:",
        environment: "MAIL_FROM")
    private static let mailUser = Option(
        name: "mail-user", value: "NAME", help: "The name to log in with at the mail server",
        environment: "MAIL_USER")
    private static let mailPassword = Option(
        name: "mail-password-file", value: "FILE", help: "A file with the password for --mail-user",
        environment: "MAIL_PASSWORD_FILE")
    private static let mailAuthorities = Option(
        name: "mail-authorities", value: "FILE",
        help: "Certificates (PEM) of the authorities that the mail server's may come from, instead of the system's",
        environment: "MAIL_AUTHORITIES")
    private static let unencrypted = Option(
        name: "messages-unencrypted",
        help:
            "smtp: without TLS, and http: webhooks, also to another machine: whoever is in between reads messages and password",
        environment: "MESSAGES_UNENCRYPTED")
    private static let webhookSecret = Option(
        name: "webhook-secret-file", value: "FILE",
        help:
            "A file of secrets, one a line, that sign webhooks as Standard Webhooks have it: whsec_ and 24 to 64 bytes in base64. `echo whsec_$(openssl rand -base64 32)` makes one",
        environment: "WEBHOOK_SECRET_FILE")
    private static let emailRate = Option(
        name: "email-rate", value: "N", help: "E-mails a second at most, of each replica; without it, as many as go",
        environment: "EMAIL_RATE")
    private static let smsRate = Option(
        name: "sms-rate", value: "N", help: "SMS a second at most, of each replica; without it, as many as go",
        environment: "SMS_RATE")

    private static let stockAlerts = Option(
        name: "stock-alerts", value: "ADDRESSES",
        help:
            "Where the shop is told that a product becomes low or runs out: e-mail addresses or phone numbers, parted by commas. Without it nobody is told",
        environment: "ORDERLOG_STOCK_ALERTS")

    static let all =
        [
            emailBy, smsBy, mailFrom, mailUser, mailPassword, mailAuthorities, unencrypted, webhookSecret, emailRate,
            smsRate, stockAlerts,
        ] + WordingOptions.all

    /// Options that say nothing without another one.
    private static let belongings = [
        ("mail-from", "email-by"), ("mail-user", "email-by"), ("mail-password-file", "mail-user"),
        ("mail-authorities", "email-by"), ("email-rate", "email-by"), ("sms-rate", "sms-by"),
    ]

    static func settings(_ arguments: ParsedArguments) throws -> MessageSettings {
        for (option, other) in belongings where arguments.value(option) != nil && arguments.value(other) == nil {
            throw UsageError("--\(option) says nothing without --\(other)")
        }
        var settings = MessageSettings(
            email: try route("email-by", arguments), sms: try route("sms-by", arguments))
        settings.emailRate = try arguments.intIfGiven("email-rate", in: 1...100_000)
        settings.smsRate = try arguments.intIfGiven("sms-rate", in: 1...100_000)
        if let text = arguments.value("stock-alerts") {
            guard let alerts = StockAlerts(text) else {
                throw arguments.wrong(
                    "stock-alerts",
                    "must be 1 to \(StockAlerts.mostAddresses) e-mail addresses or phone numbers, parted by commas")
            }
            settings.stockAlerts = alerts
        }
        settings.wording = try WordingOptions.wording(arguments)
        return settings
    }

    private static func route(_ option: String, _ arguments: ParsedArguments) throws -> MessageSettings.Route {
        guard let url = arguments.value(option) else { return .simulated }
        if url.hasPrefix("https://") || url.hasPrefix("http://") {
            guard url.hasPrefix("https://") || mayBeRead(Place(url.dropFirst(7).prefix { $0 != "/" })?.host, arguments)
            else {
                throw arguments.wrong(
                    option, "is http: to another machine, where messages can be read: https:, or --messages-unencrypted"
                )
            }
            return .webhook(url: url, secrets: try secrets(option, arguments))
        }
        guard option == "email-by", let server = try mailServer(url, arguments) else {
            let forms = option == "email-by" ? "smtp://HOST:PORT, smtps://HOST:PORT or http(s)://…" : "http(s)://…"
            throw arguments.wrong(option, "must be \(forms)")
        }
        guard let from = arguments.value("mail-from") else {
            throw UsageError("--\(option) \(url) needs --mail-from: whom mails are from")
        }
        guard var mailbox = Mailbox(from), let address = mailbox.address.withDomain(by: MailDomain.ascii) else {
            throw arguments.wrong("mail-from", "must be ADDRESS or \"NAME <ADDRESS>\"")
        }
        mailbox.address = address
        return .mailServer(server, from: mailbox)
    }

    /// nil: it is no URL of one.
    private static func mailServer(_ url: String, _ arguments: ParsedArguments) throws -> MailServer? {
        let isTLS = url.hasPrefix("smtps://")
        guard isTLS || url.hasPrefix("smtp://"), let place = Place(url.dropFirst(isTLS ? 8 : 7)) else { return nil }
        let isBare = mayBeRead(place.host, arguments)
        let encryption: MailServer.Encryption = isTLS ? .fromTheStart : isBare ? .none : .started
        return MailServer(
            host: place.host, port: place.port ?? (isTLS ? 465 : 587), encryption: encryption,
            login: try login(arguments), helloName: ownName, authorities: try authorities(arguments))
    }

    /// Whether what goes there needs no encryption.
    private static func mayBeRead(_ host: String?, _ arguments: ParsedArguments) -> Bool {
        arguments.flag("messages-unencrypted") || host.map { ["localhost", "127.0.0.1", "::1"].contains($0) } ?? false
    }

    private static func authorities(_ arguments: ParsedArguments) throws -> String? {
        guard let path = arguments.value("mail-authorities") else { return nil }
        let text = String(decoding: try file(path, limit: 4 << 20), as: UTF8.self)
        guard text.contains("-----BEGIN CERTIFICATE-----") else { throw Failure("\(path) holds no certificate (PEM)") }
        return path
    }

    private struct Place {
        var host: String
        var port: Int?

        /// `HOST`, `HOST:PORT`, `[ADDRESS]` or `[ADDRESS]:PORT`.
        init?(_ text: Substring) {
            var rest = text
            if text.first == "[" {
                guard let end = text.firstIndex(of: "]") else { return nil }
                host = String(text[text.index(after: text.startIndex)..<end])
                rest = text[text.index(after: end)...]
            } else {
                host = String(text.prefix { $0 != ":" })
                rest = text.dropFirst(host.count)
            }
            guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"/@?#".utf8.contains($0) }) else {
                return nil
            }
            guard !rest.isEmpty else { return }
            guard rest.first == ":", let port = Int(rest.dropFirst()), (1...65_535).contains(port) else { return nil }
            self.port = port
        }
    }

    private static func login(_ arguments: ParsedArguments) throws -> MailServer.Login? {
        guard let user = arguments.value("mail-user") else { return nil }
        guard let path = arguments.value("mail-password-file") else {
            throw UsageError("--mail-user needs --mail-password-file: a file with the password")
        }
        let text = String(decoding: try file(path, limit: 64 << 10), as: UTF8.self)
        let password = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        guard !password.isEmpty else { throw Failure("\(path) holds no password") }
        return MailServer.Login(user: user, password: password)
    }

    private static func secrets(_ option: String, _ arguments: ParsedArguments) throws -> WebhookSecrets {
        guard let path = arguments.value("webhook-secret-file") else {
            throw UsageError(
                "--\(option) with a webhook needs --webhook-secret-file, by which the receiver knows that it is us")
        }
        let text = String(decoding: try file(path, limit: 64 << 10), as: UTF8.self)
        do throws(WebhookSecrets.Flaw) {
            return try WebhookSecrets(text: text)
        } catch {
            throw Failure("\(path) \(error)")
        }
    }

    private static func file(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        do throws(SmallFile.Fault) {
            return try SmallFile(path: path, limit: limit).read { (_) throws(SmallFile.Fault) in }
        } catch {
            throw Failure("\(path) \(error.text)")
        }
    }

    /// What the machine calls itself; for EHLO.
    private static var ownName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.isEmpty || !text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") })
            ? "localhost" : text
    }
}
