import Application
import Databases
import Foundation
import HTTPClient
import ServiceLife
import Telemetry
import Testing

/// An order that can't be placed because of inventory's database is told so, and not that inventory was too slow.
@Suite struct CulpritTests {
    @Test(.timeLimit(.minutes(1))) func theServiceThatCannotWriteIsNamed() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "culprit-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sink = LogSink(descriptor: -1)
        defer { sink.close() }
        func settings(_ name: String) throws -> ServiceSettings {
            ServiceSettings(
                host: "127.0.0.1", port: 0, inside: .port(host: "127.0.0.1", port: 0, isChosen: true),
                database: .sqlite(path: "\(folder)/\(name).db"), maximumWaiting: 100)
        }
        let system = try await RunningSystem.start(
            SystemSettings(
                log: .embedded(folder: folder), order: try settings("order"), inventory: try settings("inventory")),
            logger: Logger(service: "test", level: .error, format: .text, sink: sink))
        let http = HTTPClient(log: { _ in })
        let order = try #require(system.services.first { $0.name == "order" }).url(host: "127.0.0.1")
        func place() async throws -> (status: Int, text: String) {
            let body = """
                {"customer": {"name": "A", "email": "a@b"}, "items": [{"product_id": "PROD-001", "quantity": 1}]}
                """
            let response = try await http.send(
                HTTPClientRequest(
                    method: "POST", url: order + "/orders", headers: [("content-type", "application/json")],
                    body: Array(body.utf8)), deadline: .now + .seconds(30))
            return (response.status, String(decoding: response.body, as: UTF8.self))
        }
        let end = ContinuousClock.now + .seconds(60)
        // Inventory has two seconds to answer, and a busy machine may take them.
        while try await place().status != 201 { try #require(ContinuousClock.now < end) }
        try FileManager.default.removeItem(atPath: folder + "/inventory.db")
        // By its first write, by what it knows then, and by the circuit that opens.
        var named = 0
        while named < 6 {
            try #require(ContinuousClock.now < end)
            let refused = try await place()
            #expect(refused.status == 503 && refused.text.contains("inventory-unavailable"))
            if ["did not answer in time", "answers too slowly"].contains(where: refused.text.contains) { continue }
            named += 1
            #expect(
                refused.text.contains("can't use its database, which was removed or replaced"), "\(refused.text)")
        }
        await http.close()
        await system.stop(drainDelay: .zero)
    }
}
