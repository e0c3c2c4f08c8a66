import Application
import Databases
import Foundation
import HTTPClient
import ServiceLife
import Synchronization
import Telemetry
import TestDatabase
import Testing

/// A database that accepts whatever it is asked and never answers: a network that drops everything without a word.
@Suite struct SilentDatabaseTests {
    private static let order = """
        {"customer": {"name": "Ada", "email": "ada@example.com"}, "items": [{"product_id": "PROD-001", "quantity": 1}]}
        """
    private static let notice = """
        {"order_id": "01a20c00-c025-7f1f-9cf9-26975e7f4ba7", "type": "custom", "recipient": {"email": "a@b"}, "message": "m"}
        """

    @Test(.enabled(if: TestPostgreSQL.isAvailable, "POSTGRES_URL is not set"), .timeLimit(.minutes(2)))
    func callersAreAnsweredAndTheServicesUnreadyUntilItAnswers() async throws {
        try await withThreeDatabases { system, proxy in
            let http = HTTPClient(log: { _ in })
            let urls = Dictionary(uniqueKeysWithValues: system.services.map { ($0.name, $0.url(host: "127.0.0.1")) })
            @Sendable func call(_ method: String, _ service: String, _ path: String, _ body: String? = nil) async throws
                -> (status: Int, text: String)
            {
                let response = try await http.send(
                    HTTPClientRequest(
                        method: method, url: urls[service, default: ""] + path,
                        headers: body == nil ? [] : [("content-type", "application/json")],
                        body: body.map { Array($0.utf8) }), deadline: .now + .seconds(60))
                return (response.status, String(decoding: response.body, as: UTF8.self))
            }
            let calls: [(String, String, String, String?)] = [
                ("POST", "order", "/orders", Self.order), ("GET", "order", "/orders", nil),
                ("GET", "inventory", "/inventory", nil),
                ("PUT", "inventory", "/inventory/PROD-001/replenish", #"{"quantity": 1}"#),
                ("POST", "notification", "/notify", Self.notice), ("GET", "notification", "/notifications", nil),
            ]
            for (method, service, path, body) in calls {
                let answer = try await patiently(\.status) { try await call(method, service, path, body) }
                #expect((200...201).contains(answer.status), "\(answer)")
            }

            proxy.stall()
            try await withThrowingTaskGroup { group in
                for (method, service, path, body) in calls {
                    group.addTask {
                        let answer = try await call(method, service, path, body)
                        #expect(answer.status == 503, "\(method) \(path): \(answer)")
                        let kinds = ["database-unavailable", "outcome-unknown", "inventory-unavailable"]
                        #expect(kinds.contains { answer.text.contains("problems/\($0)") }, "\(answer)")
                    }
                }
                try await group.waitForAll()
            }
            for service in urls.keys {
                try await waitUntil("\(service) is unready") {
                    guard let ready = try? await call("GET", service, "/health/ready") else { return false }
                    return ready.status == 503 && ready.text.contains("does not answer")
                }
                #expect(try await call("GET", service, "/health/live").status == 200)
            }
            // Each waiting for itself, these would take minutes.
            for (method, service, path, body) in Array(repeating: calls, count: 20).joined() {
                let answer = try await call(method, service, path, body)
                #expect(answer.status == 503 && answer.text.contains("database-unavailable"), "\(answer)")
            }

            proxy.pass()
            for service in urls.keys {
                try await waitUntil("\(service) is ready") {
                    (try? await call("GET", service, "/health/ready"))?.status == 200
                }
            }
            for (method, service, path, body) in calls {
                try await waitUntil("\(method) \(path)") {
                    guard let status = try? await call(method, service, path, body).status else { return false }
                    return (200...201).contains(status)
                }
            }
            await http.close()
        }
    }

    private func withThreeDatabases(_ body: (RunningSystem, StallingProxy) async throws -> Void) async throws {
        try await TestPostgreSQL.withURL { order in
            try await TestPostgreSQL.withURL { inventory in
                try await TestPostgreSQL.withURL { notification in
                    let proxy = try StallingProxy(to: try #require(URL(string: order)?.port))
                    defer { proxy.stop() }
                    func settings(_ url: String) throws -> ServiceSettings {
                        var components = try #require(URLComponents(string: url))
                        components.port = proxy.port
                        let text = try #require(components.string)
                        let database = try #require(DatabaseLocation(url: text))
                        return ServiceSettings(
                            host: "127.0.0.1", port: 0, inside: .port(host: "127.0.0.1", port: 0, isChosen: true),
                            database: database, maximumWaiting: 2_000)
                    }
                    let folder = FileManager.default.temporaryDirectory.appending(path: "silent-\(UUID().uuidString)")
                    defer { try? FileManager.default.removeItem(at: folder) }
                    let sink = LogSink(descriptor: -1)
                    defer { sink.close() }
                    let system = try await RunningSystem.start(
                        SystemSettings(
                            log: .embedded(folder: folder.path), order: try settings(order),
                            inventory: try settings(inventory), notification: try settings(notification)),
                        logger: Logger(service: "test", level: .error, format: .text, sink: sink))
                    do {
                        try await body(system, proxy)
                    } catch {
                        proxy.pass()
                        await system.stop(drainDelay: .zero)
                        throw error
                    }
                    await system.stop(drainDelay: .zero)
                }
            }
        }
    }
}
