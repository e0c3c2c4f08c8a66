import HTTPClient
import HTTPServer
import Identifiers
import InventoryAPI
import JSON
import ServiceHost
import Synchronization
import Telemetry
import Testing

@testable import Orders

/// The order service's calls to inventory services of today and of before there was an inside door.
@Suite struct InventoryClientTests {
    /// What a stand-in for the inventory service was asked.
    private final class Heard: Sendable {
        let sizes = Mutex<[Int]>([])
    }

    /// `/reservations/close` of an inventory service that notes how many batches each call names.
    private static func calls(_ api: inout API, _ heard: Heard) {
        api.post("/reservations/close") { request in
            let count = try JSON.read(request.body) { json -> Int? in
                var count = 0
                _ = try json.object { _, json in count = try json.identifiers(count: 0...100_000)?.count ?? 0 }
                return count
            }
            heard.sizes.withLock { $0.append(count) }
            return .json(Array("{}".utf8))
        }
    }

    private static func api() -> API { API(logger: .silent, problem: { _ in nil }) }

    /// As it was before: one door, which has everything.
    private static func old(_ heard: Heard, port: Int = 0) async throws -> ServiceDoors {
        var street = api()
        calls(&street, heard)
        return try await ServiceDoors.open(
            settings(port: port), loops: 1, street: street, inside: api(), metrics: Metrics(), logger: .silent)
    }

    private static func new(_ heard: Heard, port: Int = 0) async throws -> ServiceDoors {
        var inside = api()
        calls(&inside, heard)
        return try await ServiceDoors.open(
            settings(port: port), loops: 1, street: api(), inside: inside,
            moved: [("POST", "/reservations/close")], metrics: Metrics(), logger: .silent)
    }

    private static func settings(port: Int) -> ServiceSettings {
        ServiceSettings(
            host: "127.0.0.1", port: port, inside: .port(host: "127.0.0.1", port: 0, isChosen: true),
            database: .sqlite(path: ""), maximumWaiting: 100)
    }

    private static func withClient(_ url: String, _ body: (InventoryClient) async throws -> Void) async throws {
        let http = HTTPClient(log: { _ in })
        do {
            try await body(InventoryClient(ServiceAddress(url: url), http: http))
        } catch {
            await http.close()
            throw error
        }
        await http.close()
    }

    private static func close(_ count: Int, _ client: InventoryClient) async throws {
        try await client.close((0..<count).map { _ in Identifier.time() }, deadline: .now + .seconds(20))
    }

    @Test func aCallNamesAtMost256() async throws {
        let heard = Heard()
        let inventory = try await Self.new(heard)
        try await Self.withClient(inventory.inside.base) { client in
            for count in [0, 1, 256, 257, 600] { try await Self.close(count, client) }
        }
        #expect(heard.sizes.withLock { $0 } == [1, 256, 256, 1, 256, 256, 88])
        await inventory.close(within: .zero)
    }

    /// After an outage more wait than one reserve call may close: it takes the oldest, and none is lost.
    @Test func aReserveCallClosesAtMost256() async throws {
        try await Self.withClient("http://127.0.0.1:1") { client in
            let batches = (0..<300).map { _ in Identifier.time() }
            let closed = ClosedBatches(inventory: client, logger: .silent)
            closed.add(batches)
            #expect(closed.take() == Array(batches[..<256]))
            // That call failed.
            closed.add(Array(batches[..<256]))
            #expect(closed.take() == Array(batches[256...] + batches[..<212]))
            #expect(closed.take() == Array(batches[212..<256]))
            #expect(closed.take().isEmpty)
        }
    }

    /// An upgrade in either order, and back: the order service is told the street's port, as was right before.
    @Test func findsTheDoorOfAnOlderAndOfANewerInventoryService() async throws {
        let (before, after, again) = (Heard(), Heard(), Heard())
        let old = try await Self.old(before)
        try await Self.withClient("http://127.0.0.1:\(old.port)") { client in
            try await Self.close(1, client)
            await old.close(within: .zero)
            let new = try await Self.new(after, port: old.port)
            for count in [2, 3] { try await Self.close(count, client) }
            await new.close(within: .zero)
            let back = try await Self.old(again, port: old.port)
            try await Self.close(4, client)
            await back.close(within: .zero)
        }
        #expect(before.sizes.withLock { $0 } == [1])
        #expect(after.sizes.withLock { $0 } == [2, 3])
        #expect(again.sizes.withLock { $0 } == [4])
    }
}
