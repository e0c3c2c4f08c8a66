import AccessKeys
import Foundation
import HTTPClient
import ServiceLife
import Testing

@testable import Application

extension ConsoleTests {
    /// One who asks it.
    struct Visitor {
        let http: HTTPClient
        let base: String
        var key: String?

        init(_ system: RunningSystem) {
            http = HTTPClient(log: { _ in })
            base = "http://127.0.0.1:\(system.services.first { $0.name == "console" }?.port ?? 0)"
        }

        func send(
            _ method: String, _ path: String, _ body: String? = nil, headers: [(name: String, value: String)] = []
        ) async throws -> HTTPClientResponse {
            var headers = headers
            if body != nil { headers.append(("content-type", "application/json")) }
            if let key { headers.append(("authorization", "Bearer \(key)")) }
            let request = HTTPClientRequest(
                method: method, url: base + path, headers: headers, body: body.map { Array($0.utf8) })
            let isOrder = path == "/api/orders" && body != nil
            return try await patiently({ isOrder ? $0.status : 0 }) {
                try await http.send(request, deadline: .now + .seconds(20))
            }
        }

        func json(_ response: HTTPClientResponse) throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any])
        }

        /// The entries of an order's story, once `isTold` says that all is there.
        func story(of order: String, until isTold: ([[String: Any]]) -> Bool) async throws -> [[String: Any]] {
            let end = ContinuousClock.now + .seconds(20)
            while true {
                let answer = try json(try await send("GET", "/orders/\(order)/timeline"))
                let entries = answer["entries"] as? [[String: Any]] ?? []
                if isTold(entries) || ContinuousClock.now > end { return entries }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    func withConsole(
        keys: KeysFile? = nil, _ body: (RunningSystem, Visitor) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            var parts = SystemParts()
            // The machine may be busy with other tests.
            parts.logPatience = .seconds(60)
            try await withSystem(folder, keys: keys, hasConsole: true, parts: parts) { system in
                let visitor = Visitor(system)
                try await body(system, visitor)
                await visitor.http.close()
            }
        }
    }
}
