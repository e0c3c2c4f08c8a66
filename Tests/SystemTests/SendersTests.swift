import Foundation
import TestBroker
import TestReceivers
import Testing

/// Messages that really leave: mail by SMTP, SMS by a signed webhook.
@Suite struct SendersTests {
    private static let secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    private static func withShop(
        _ log: Shop.Log, mailPort: Int, receiver: FailingReceiver, _ body: (Shop) async throws -> Void
    ) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "secret-\(UUID().uuidString)")
        try "whsec_\(secret)\n".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let environment = [
            "EMAIL_BY": "smtp://127.0.0.1:\(mailPort)", "MAIL_FROM": "Tea & Cups <orders@shop.test>",
            "SMS_BY": "http://127.0.0.1:\(receiver.port)/sms", "WEBHOOK_SECRET_FILE": file.path,
        ]
        switch log {
        case .embedded:
            try await withSlots(1) {
                try await SystemTests.withShop(try await Shop(log, environment: environment), body)
            }
        case .kafka:
            try await withBroker { broker in
                let shop = try await Shop(log, kafka: broker.address, environment: environment)
                try await SystemTests.withShop(shop, body)
            }
        }
    }

    private static func place(_ count: Int, in shop: Shop) async throws -> Set<String> {
        var orders: Set<String> = []
        for _ in 0..<count {
            let reply = try await shop.place([("TEA", 1)])
            orders.insert(try #require(reply.status == 201 ? reply.string("order_id") : nil, "\(reply.text)"))
        }
        return orders
    }

    /// The service is killed again and again while mails and SMS go out. A receiver that knows ids gets each once; a mail server can't
    /// tell, and gets as few again as were on their way.
    @Test(arguments: Shop.Log.available)
    func nothingIsLostWhenItIsKilled(_ log: Shop.Log) async throws {
        let (mailServer, receiver) = (
            try await FailingMailServer(), try await FailingReceiver(secret: Self.secret)
        )
        try await Self.withShop(log, mailPort: mailServer.port, receiver: receiver) { shop in
            try await shop.addProduct("TEA", quantity: 1_000)
            var orders: Set<String> = []
            for _ in 0..<4 {
                let before = try mailServer.taken().count
                orders.formUnion(try await Self.place(10, in: shop))
                try await eventually("mails go out", within: .seconds(60)) { try mailServer.taken().count > before }
                if log == .embedded {
                    try await shop.killAll()
                    try await shop.start()
                } else {
                    let process = try #require(shop.processes["notification"])
                    process.send(SIGKILL)
                    _ = try await process.ended(within: .seconds(60))
                    try await shop.start("notification")
                }
            }
            for order in orders { _ = try await shop.notifications(of: order, count: 2, within: .seconds(90)) }
            let mails = try mailServer.taken().map(\.content)
            let ids = Set(mails.compactMap { $0.split(separator: "\r\n").first { $0.hasPrefix("Message-ID: ") } })
            #expect(ids.count == orders.count)
            #expect(mails.count - ids.count <= 4 * 64, "\(mails.count - ids.count) mails came again")
            let messages = try receiver.taken()
            #expect(Set(messages.map(\.id)).count == orders.count)
            #expect(messages.count { !$0.isRepeat } == orders.count)
            #expect(mails.allSatisfy { $0.contains("From: Tea & Cups <orders@shop.test>\r\n") })
        }
    }

    /// A mail server that is away holds back no SMS; it is said once, and all mails are there when it is back.
    @Test func mailsWaitForTheirServer() async throws {
        let port = try FreePorts.take(1)[0]
        let receiver = try await FailingReceiver(secret: Self.secret)
        try await Self.withShop(.embedded, mailPort: Int(port), receiver: receiver) { shop in
            try await shop.addProduct("TEA", quantity: 1_000)
            let orders = try await Self.place(20, in: shop)
            try await eventually("the SMS are there", within: .seconds(60)) {
                Set(try receiver.taken().map(\.id)).count == orders.count
            }
            func told(_ words: String) throws -> Int {
                try String(contentsOf: shop.folder.appending(path: "errors.log"), encoding: .utf8)
                    .components(separatedBy: words).count - 1
            }
            let waiting = "messages wait, for their server takes none"
            try await eventually("it is said", within: .seconds(60)) { try told(waiting) > 0 }
            let mailServer = try await FailingMailServer(port: port)
            for order in orders { _ = try await shop.notifications(of: order, count: 2, within: .seconds(120)) }
            #expect(try mailServer.taken().count == orders.count)
            try await eventually("that is said, too", within: .seconds(60)) { try told("messages go out again") > 0 }
            #expect(try told(waiting) == 1)
        }
    }
}
