import HTTPClient
import HTTPServer
import Identifiers
import ServiceLife
import Synchronization
import Testing

@testable import Orders

/// Whoever answers in inventory's place can't send the order service, with its token, anywhere else.
@Suite struct InventoryRedirectTests {
    private final class Asked: Sendable {
        let count = Mutex(0)
    }

    @Test(arguments: [301, 302, 303, 307, 308]) func anAnswerLeadsNowhere(_ status: Int) async throws {
        let asked = Asked()
        var elsewhere = HTTPRouter()
        for method in ["GET", "POST"] {
            elsewhere.on(method, "/reservations/close") { _ in
                asked.count.withLock { $0 += 1 }
                return HTTPResponse(status: 200, body: Array("{}".utf8))
            }
        }
        try await Self.serving(elsewhere) { other in
            var router = HTTPRouter()
            router.on("POST", "/reservations/close") { _ in
                HTTPResponse(
                    status: status,
                    headers: [
                        ("location", "http://127.0.0.1:\(other)/reservations/close"),
                        ("refresh", "0;url=http://127.0.0.1:\(other)/reservations/close"),
                    ])
            }
            try await Self.serving(router) { port in
                let http = HTTPClient(log: { _ in })
                let client = InventoryClient(ServiceAddress(url: "http://127.0.0.1:\(port)"), http: http)
                await #expect(throws: (any Error).self) {
                    try await client.close([Identifier.time()], deadline: .now + .seconds(20))
                }
                await http.close()
            }
        }
        #expect(asked.count.withLock { $0 } == 0)
    }

    private static func serving(_ router: HTTPRouter, _ body: (Int) async throws -> Void) async throws {
        let server = HTTPServer(
            configuration: HTTPServerConfiguration(), router: router,
            refusal: { HTTPResponse(status: $0.status) }, log: { _ in })
        let port = try server.start()
        do {
            try await body(port)
        } catch {
            await server.stop(within: .zero)
            throw error
        }
        await server.stop(within: .seconds(5))
    }
}
