import Glibc
import HTTPServer

/// A server that answers what it understood of each request: `scripts/http-fuzz` compares that with what others
/// understood of the same bytes, `scripts/http-figures` counts instructions by it, and `make bench` has it echo orders.
@main struct HTTPReport {
    static func main() throws {
        var configuration = HTTPServerConfiguration()
        configuration.maximumBody = 16 << 20
        let server = HTTPServer(
            configuration: configuration, router: router,
            refusal: { refusal in
                let type = (name: "Content-Type", value: "application/problem+json")
                return HTTPResponse(status: refusal.status, headers: [type], body: Array(refusal.detail.utf8))
            },
            log: { print($0) })
        print("ready on port \(try server.start())")
        fflush(nil)
        // Until its standard input ends: who started it may die as it likes.
        while getchar() != EOF {}
    }

    private static var router: HTTPRouter {
        var router = HTTPRouter()
        router.on("POST", "/echo/body") { HTTPResponse(status: 200, body: $0.body) }
        router.on("POST", "/orders") { OrderEcho.answer($0) }
        for pattern in ["/", "/{a}", "/{a}/{b}"] {
            for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
                router.on(method, pattern) { report($0) }
            }
        }
        return router
    }

    private static func report(_ request: HTTPRequest) -> HTTPResponse {
        let sum = request.body.reduce(UInt32(1)) { $0 &* 31 &+ UInt32($1) }
        let text = "\(request.method) \(request.target) \(request.headers.count) \(request.body.count) \(sum)"
        // In a field, for HEAD has no body.
        return HTTPResponse(status: 200, headers: [("X-Report", text)], body: Array("reported\n".utf8))
    }
}
