import HTTPServer
import Synchronization

@testable import ShopClient

/// A shop at one address, whose answers a test says.
final class FakeShop: Sendable {
    typealias Answers = @Sendable (HTTPRequest, _ number: Int) async -> HTTPResponse

    private final class Asked: Sendable {
        let requests = Mutex<[HTTPRequest]>([])

        /// Its number.
        func note(_ request: HTTPRequest) -> Int {
            requests.withLock { requests in
                requests.append(request)
                return requests.count - 1
            }
        }
    }

    private let asked: Asked
    private let server: HTTPServer
    let url: String

    /// What it was asked so far.
    var requests: [HTTPRequest] { asked.requests.withLock { $0 } }

    /// - Parameter answers: to each request by its number, from 0 on
    init(_ answers: @escaping Answers) throws {
        var router = HTTPRouter()
        let asked = Asked()
        self.asked = asked
        let handler: HTTPHandler = { request in await answers(request, asked.note(request)) }
        for path in ["/orders", "/orders/{id}", "/orders/{id}/{verb}", "/inventory", "/inventory/{id}"] {
            for method in ["GET", "POST", "PATCH", "PUT"] { router.on(method, path, handler) }
        }
        server = HTTPServer(
            configuration: HTTPServerConfiguration(), router: router,
            refusal: { HTTPResponse(status: $0.status) }, log: { _ in })
        url = "http://127.0.0.1:\(try server.start())"
    }

    func stop() async { await server.stop(within: .zero) }
}

extension HTTPResponse {
    static func json(_ text: String, status: Int = 200, headers: [(name: String, value: String)] = []) -> HTTPResponse {
        HTTPResponse(status: status, headers: headers + [("content-type", "application/json")], body: Array(text.utf8))
    }
}

/// A client of this shop; `body` has both.
func withShop(
    _ answers: @escaping FakeShop.Answers, accessKey: String? = nil, attempt: Duration = .seconds(60),
    whole: Duration = .seconds(120), _ body: (ShopClient, FakeShop) async throws -> Void
) async throws {
    let shop = try FakeShop(answers)
    guard let addresses = ShopAddresses(shop.url) else { return }
    let client = ShopClient(
        addresses, accessKey: accessKey, patience: .init(attempt: attempt, whole: whole),
        advice: { "the advice about \($0)" })
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body(client, shop)) } catch { outcome = .failure(error) }
    await client.close()
    await shop.stop()
    try outcome.get()
}
