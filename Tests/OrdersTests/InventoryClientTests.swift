import Causes
import Databases
import HTTPAPI
import HTTPClient
import HTTPServer
import Identifiers
import InventoryAPI
import JSON
import JSONSchema
import Synchronization
import Telemetry
import TestBroker
import Testing

@testable import Orders
@testable import ServiceLife

/// The order service's calls to inventory services of today and of before there was an inside door.
@Suite struct InventoryClientTests {
    /// What a stand-in for the inventory service was asked.
    private final class Heard: Sendable {
        let sizes = Mutex<[Int]>([])
    }

    /// `/reservations/close` of an inventory service that notes how many batches each call names.
    private static func calls(_ api: inout API, _ heard: Heard) {
        api.on(close) { call in
            let count = try call.json { json -> Int? in
                var count = 0
                _ = try json.object { _, json in count = try json.identifiers(count: 0...100_000)?.count ?? 0 }
                return count
            }
            heard.sizes.withLock { $0.append(count) }
            return .json(Array("{}".utf8))
        }
    }

    /// Whose call it is, as inventory hears it.
    @Test func inventoryIsToldWhoAsked() async throws {
        let heard = Mutex<[String?]>([])
        let release = HTTPAPI.Operation(
            .post, "/reservations/release", id: "releaseReservations", tag: .init("reservations", "For orders."),
            access: .inside, summary: "Release", description: "They are given back.",
            answers: [.init("It is done.", .json(.object([]), example: "{}"))])
        func api(_ description: APIDescription) -> API { API(description, logger: .silent, problem: { _ in nil }) }
        var street = api(.street("inventory", "Inventory", "Stock.", []))
        var inside = api(.inside("inventory", "Inventory", [release]))
        inside.on(release) { call in
            heard.withLock { $0.append(call.request.headers["orderlog-caller"]) }
            return .json(Array("{}".utf8))
        }
        Health(service: "inventory", checks: [], lifeCycle: LifeCycle()).addRoutes(to: &street, inside: &inside)
        let doors = try await ServiceDoors.open(
            Self.settings(port: 0), loops: 1, street: street, inside: inside, metrics: Metrics(), logger: .silent)
        let http = HTTPClient(log: { _ in })
        let client = InventoryClient(doors.inside, http: http)
        for caller in [CallerName("shop.2"), nil] {
            try await client.release([.time()], cause: Cause(caller: caller), deadline: .now + .seconds(20))
        }
        #expect(heard.withLock { $0 } == ["shop.2", nil])
        await http.close()
        await doors.close(within: .seconds(1))
    }

    private static let close = HTTPAPI.Operation(
        .post, "/reservations/close", id: "closeBatches", tag: .init("reservations", "For orders."), access: .inside,
        summary: "Close batches", description: "They are sold.",
        answers: [.init("It is done.", .json(.object([]), example: "{}"))])

    /// The doors of an inventory service, with `close` at either.
    private static func apis(street: Bool, inside: Bool, _ heard: Heard) -> (street: API, inside: API) {
        func api(_ description: APIDescription) -> API { API(description, logger: .silent, problem: { _ in nil }) }
        var streetAPI = api(.street("inventory", "Inventory", "Stock.", street ? [close] : []))
        var insideAPI = api(.inside("inventory", "Inventory", inside ? [close] : []))
        if street { calls(&streetAPI, heard) }
        if inside { calls(&insideAPI, heard) }
        Health(service: "inventory", checks: [], lifeCycle: LifeCycle()).addRoutes(to: &streetAPI, inside: &insideAPI)
        return (streetAPI, insideAPI)
    }

    /// As it was before: one door, which has everything.
    private static func old(_ heard: Heard, port: Int = 0) async throws -> ServiceDoors {
        let (street, inside) = apis(street: true, inside: false, heard)
        return try await ServiceDoors.open(
            settings(port: port), loops: 1, street: street, inside: inside, metrics: Metrics(), logger: .silent)
    }

    private static func new(_ heard: Heard, port: Int = 0) async throws -> ServiceDoors {
        let (street, inside) = apis(street: false, inside: true, heard)
        return try await ServiceDoors.open(
            settings(port: port), loops: 1, street: street, inside: inside, moved: [close], metrics: Metrics(),
            logger: .silent)
    }

    /// Whose inside door wants a token.
    private static func guarded(_ heard: Heard, by tokens: InsideTokens) async throws -> ServiceDoors {
        let (street, inside) = apis(street: false, inside: true, heard)
        var settings = settings(port: 0)
        settings.insideTokens = tokens
        return try await ServiceDoors.open(
            settings, loops: 1, street: street, inside: inside, moved: [close], metrics: Metrics(), logger: .silent)
    }

    private static func settings(port: Int) -> ServiceSettings {
        ServiceSettings(
            host: "0.0.0.0", port: port, inside: .port(host: "127.0.0.1", port: 0, isChosen: true),
            database: .sqlite(path: ""), maximumWaiting: 100)
    }

    private static func withClient(
        _ url: String, tokens: InsideTokens? = nil, _ body: (InventoryClient) async throws -> Void
    ) async throws {
        let http = HTTPClient(log: { _ in })
        do {
            try await body(InventoryClient(ServiceAddress(url: url, tokens: tokens), http: http))
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

    /// From another machine the public door is ready, and refuses every reservation.
    @Test func thePublicDoorIsNamedWithTheRightOne() async throws {
        let heard = Heard()
        let inventory = try await Self.new(heard)
        // As of another machine, for no loopback that the client knows.
        try await Self.withClient("http://127.0.0.2:\(inventory.port)") { client in
            #expect(await client.complaint() == nil, "nothing was asked of it yet")
            let failure = await #expect(throws: InventoryFailure.self) { try await Self.close(1, client) }
            for text in [failure?.message, await client.complaint()] {
                #expect(
                    text?.contains("http://127.0.0.2:\(inventory.port) is the inventory service's public door") == true)
                #expect(text?.contains("--inventory") == true && text?.contains(":9081") == true, "\(text ?? "")")
            }
        }
        try await Self.withClient(inventory.inside.base) { client in
            try await Self.close(1, client)
            #expect(await client.complaint() == nil)
        }
        await inventory.close(within: .zero)
    }

    /// It is there and well: what is wrong is the token, and which file is to be mended is said.
    @Test func aTokenThatIsNotTakenIsNamed() async throws {
        let right = String(repeating: "r", count: 40)
        let heard = Heard()
        let inventory = try await Self.guarded(heard, by: InsideTokens([right], from: "inventory's file"))
        let ours = InsideTokens([String(repeating: "w", count: 40)], from: "/run/secrets/inside/token")
        try await Self.withClient(inventory.inside.base, tokens: ours) { client in
            let failure = await #expect(throws: InventoryFailure.self) { try await Self.close(1, client) }
            for text in [failure?.message, await client.complaint()] {
                #expect(text?.contains("does not take our inside token") == true, "\(text ?? "")")
                #expect(text?.contains("the first line of /run/secrets/inside/token") == true, "\(text ?? "")")
            }
            #expect(failure?.reason == "does not know the order service by its token")
            ours.replace(by: [right])
            try await Self.close(2, client)
            #expect(await client.complaint() == nil)
        }
        try await Self.withClient(inventory.inside.base) { client in
            #expect(await client.complaint()?.contains("--inside-token (INSIDE_TOKEN_FILE)") == true)
        }
        // By the public door of this machine, which says where the inside door is.
        try await Self.withClient("http://127.0.0.1:\(inventory.port)", tokens: ours) { client in
            try await Self.close(3, client)
        }
        #expect(heard.sizes.withLock { $0 } == [2, 3])
        await inventory.close(within: .zero)
    }

    /// An upgrade in either order, and back: the order service is told the street's port, as was right before.
    @Test func findsTheDoorOfAnOlderAndOfANewerInventoryService() async throws {
        let (before, after, again) = (Heard(), Heard(), Heard())
        // None that an outgoing connection of another test takes while nobody listens.
        let old = try await Self.old(before, port: Int(try FreePorts.take(1)[0]))
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
