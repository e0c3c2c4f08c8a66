import Foundation
import TestBroker
import TestProcess
import Testing

/// The gateway's own configuration, in a real HAProxy before a shop.
@Suite(.enabled(if: Gateway.isAvailable, "needs haproxy, which Debian has")) struct GatewayTests {
    /// What the gateway says by itself is guarded as what a service says, and each field is there once.
    @Test func itsOwnAnswersAreGuarded() async throws {
        try await Gateway.with { shop, gateway in
            // What is no HTTP gets HAProxy's own 400, which repeats nothing.
            let nonsense = try await RawRequest.send("nonsense ada@example.com\r\n\r\n", to: gateway.port)
            #expect(RawRequest.statuses(nonsense) == [400] && !nonsense.contains("ada@"), "\(nonsense)")
            for (request, status) in [
                (RawRequest.request("GET", "/metrics"), 404),
                (RawRequest.request("GET", "/%6detrics"), 404),
                (RawRequest.request("GET", "/orders", host: "evil.example"), 421),
                (RawRequest.request("GET", "/orders"), 200), (RawRequest.request("GET", "/nothing"), 404),
                (RawRequest.request("DELETE", "/orders"), 405), (RawRequest.request("GET", "/health/live"), 200),
            ] {
                let answer = try await RawRequest.send(request, to: gateway.port)
                #expect(RawRequest.statuses(answer) == [status], "\(request): \(answer)")
                for field in ["x-content-type-options: nosniff", "cache-control: no-store"] {
                    #expect(answer.lowercased().components(separatedBy: "\r\n\(field)\r\n").count == 2, "\(answer)")
                }
            }
        }
    }

    /// What two readers could take for one request or for two: through the gateway nothing passes that is another's.
    @Test func nothingIsSmuggledThrough() async throws {
        try await Gateway.with { shop, gateway in
            let id = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
            let hidden = "POST /orders/\(id)/cancel HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
            let metrics = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: "
            let head = "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            let codings = [
                "Transfer-Encoding: chunked", "Transfer-Encoding : chunked", "Transfer-Encoding:\tchunked",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: chunked, identity", "Transfer-Encoding: identity, chunked",
                " Transfer-Encoding: chunked",
                "X: x\r\n Transfer-Encoding: chunked", "Transfer-Encoding:\u{b}chunked", "transfer_encoding: chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: x", "X: x\nTransfer-Encoding: chunked",
                "Transfer-Encoding: \"chunked\"",
            ]
            for smuggled in [hidden, metrics] {
                let chunk = String("0\r\n\r\n\(smuggled)".utf8.count, radix: 16)
                for coding in codings {
                    for length in ["4", "\(5 + smuggled.utf8.count)", "0", "+4", "4, 4", "0x4"] {
                        for body in ["0\r\n\r\n\(smuggled)", "\(chunk)\r\n0\r\n\r\n\(smuggled)\r\n0\r\n\r\n"] {
                            let answer = try await RawRequest.send(
                                head + "\(coding)\r\nContent-Length: \(length)\r\n\r\n" + body, to: gateway.port,
                                silence: 100)
                            #expect(!answer.contains("# TYPE"), "\(coding) \(length): \(answer)")
                        }
                    }
                }
            }
            // A client that sends requests one after the other may send this one, too; behind a body it is none.
            #expect(try await shop.caller.call("GET", shop.order + "/orders").list("orders").count == 1)
        }
    }
}

/// A HAProxy with the configuration that is in `deploy`, but for where it listens and where the services are.
struct Gateway {
    static var isAvailable: Bool { FileManager.default.isExecutableFile(atPath: "/usr/sbin/haproxy") }

    /// Of the order service.
    let port: Int

    static func with(_ body: (Shop, Gateway) async throws -> Void) async throws {
        try await withSlots(1) {
            try await withShop(try await Shop(.embedded, options: ["--trusted-proxy", "127.0.0.1"])) { shop in
                let process = ChildProcess()
                defer { process.terminate() }
                try await body(shop, try await start(process, before: shop))
            }
        }
    }

    private static func start(_ process: ChildProcess, before shop: Shop) async throws -> Gateway {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let ports = try FreePorts.take(5).map(Int.init)
        let places = ["deploy/gateway/haproxy.cfg", "deploy/haproxy.cfg"].map { root.appending(path: $0) }
        let place = try #require(places.first { FileManager.default.fileExists(atPath: $0.path) })
        var text = try String(contentsOf: place, encoding: .utf8)
        for (index, port) in [8080, 8181, 8082, 8081, 8404].enumerated() {
            text = text.replacing("bind :\(port)", with: "bind 127.0.0.1:\(ports[index])")
        }
        text.replace(/server-template (\S+) \S+ (order|inventory|notification)-service:\d+/) { match in
            "server \(match.output.1) 127.0.0.1:\(shop.ports[String(match.output.2)] ?? 1)"
        }
        text = text.replacing(" resolvers network init-addr none", with: "")
        // Its own door for its operator, at a port that others may have.
        text = text.split(separator: "\n").filter { !$0.contains("stats socket") }.joined(separator: "\n") + "\n"
        let file = shop.folder.appending(path: "haproxy.cfg")
        try text.write(to: file, atomically: true, encoding: .utf8)
        process.executableURL = URL(filePath: "/usr/sbin/haproxy")
        process.arguments = ["-db", "-f", file.path]
        var environment = ProcessInfo.processInfo.environment
        for limit in ["CONNECTION_LIMIT", "CONNECT_LIMIT", "ADDRESS_LIMIT", "KEY_LIMIT"] {
            environment[limit] = "100000"
        }
        environment["GATEWAY_NAMES"] = ""
        environment["GATEWAY_TLS"] = "0"
        process.environment = environment
        process.standardError = FileHandle.standardError
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        try await eventually("the gateway has its service", within: .seconds(30)) {
            let answer = try? await RawRequest.send(RawRequest.request("GET", "/health/ready"), to: ports[0])
            return answer.map { RawRequest.statuses($0) == [200] } ?? false
        }
        return Gateway(port: ports[0])
    }
}
