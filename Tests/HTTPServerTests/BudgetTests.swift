import HTTPServer
import Testing

/// Bytes of requests that are held, and of answers that are not taken.
@Suite struct BudgetTests {
    private func post(_ length: Int) -> String { "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n" }

    @Test(arguments: [true, false])
    func bodiesThatAreHeldAreBounded(isChunked: Bool) async throws {
        try await TestServer.run({ $0.bodyMemory = 2 << 20 }) { server in
            let piece = [UInt8](repeating: 0x61, count: 700_000)
            let head =
                isChunked
                ? "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nF0000\r\n" : post(983_040)
            let wires = try (0..<6).map { _ in try Wire(server.port) }
            for wire in wires {
                try wire.send(head)
                wire.trySend(piece)
            }
            try eventuallyBlocking("some are refused") { server.exchanges.count(where: { $0.status == 503 }) >= 4 }
            // What is small is still taken.
            let small = try Wire(server.port)
            try small.send(post(5) + "hello")
            #expect(try small.reply().text == "hello")
            // An announcement alone takes nothing.
            let other = try Wire(server.port)
            try other.send(post(900_000))
            wires.forEach { $0.reset() }
            try eventuallyBlocking("they are gone") { server.server.openConnections == 2 }
            try other.send([UInt8](repeating: 0x62, count: 900_000))
            #expect(try other.reply().body.count == 900_000)
        }
    }

    @Test func aRefusalForWantOfMemoryReachesItsClient() async throws {
        try await TestServer.run({ $0.bodyMemory = 100_000 }) { server in
            let wire = try Wire(server.port)
            try wire.send(post(1_000_000))
            try wire.send([UInt8](repeating: 0x61, count: 1_000_000))
            let reply = try wire.reply()
            #expect(reply.status == 503 && reply["content-type"] == "application/problem+json")
            #expect(try wire.untilClosed() == [])
        }
    }

    @Test func headsThatAreHeldAreBounded() async throws {
        try await TestServer.run({ $0.bodyMemory = 100_000 }) { server in
            let filler = String(repeating: "x", count: 15_000)
            let wires = try (0..<10).map { _ in try Wire(server.port) }
            for wire in wires { try wire.send("GET /hello HTTP/1.1\r\nHost: a\r\nX: \(filler)") }
            try eventuallyBlocking("some are refused") { server.exchanges.count(where: { $0.status == 503 }) >= 4 }
            wires.forEach { $0.close() }
        }
    }

    /// What comes before its turn is held too; the client is answered so far as the server can hold it.
    @Test func requestsThatComeTooEarlyAreBounded() async throws {
        try await TestServer.run({ $0.bodyMemory = 100_000 }) { server in
            let wires = try (0..<20).map { _ in try Wire(server.port) }
            let request = "GET /later HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 5_000))\r\n\r\n"
            for wire in wires { try wire.send(String(repeating: request, count: 3)) }
            for wire in wires { #expect(try wire.reply().status == 200) }
            wires.forEach { $0.close() }
        }
    }

    @Test func whoTakesAnswersSlowestIsCutOff() async throws {
        try await TestServer.run({ $0.answerMemory = 30 << 20 }) { server in
            let readers = try (0..<4).map { _ in try Wire(server.port, receiveBuffer: 4_096) }
            for reader in readers {
                try reader.get("/large")
                _ = try reader.reply(toHead: true)
            }
            // Each answer has 20 MB.
            try eventuallyBlocking("all but one are cut off") { server.server.openConnections == 1 }
            let other = try Wire(server.port)
            try other.get("/hello")
            #expect(try other.reply().text == "hello")
            for reader in readers.dropLast() { #expect(try reader.untilClosed().count < 20_000_000) }
            other.close()
            #expect(try readers[3].untilReceived(20_000_000, within: 120))
        }
    }

    @Test func anAnswerIsTakenInTimeOrNotAtAll() async throws {
        try await TestServer.run({
            $0.sendTimeout = .milliseconds(300); $0.sendPace = 100_000_000
        }) { server in
            let reader = try Wire(server.port, receiveBuffer: 4_096)
            try reader.get("/large")
            _ = try reader.reply(toHead: true)
            try eventuallyBlocking("it is cut off") { server.server.openConnections == 0 }
            #expect(try reader.untilClosed().count < 20_000_000)
            #expect(server.exchanges.map(\.status) == [200])
        }
    }
}
