import Databases
import HTTPAPI
import HTTPServer
import Testing

@testable import ServiceLife

/// Who counts as one client.
@Suite struct ClientLimitTests {
    /// It stands still: on a busy machine a second may pass between two calls, and give a request back.
    private static let now: UInt64 = 7_000_000_000

    /// How many of `count` requests at once pass, of 2 for each client.
    private static func passed(
        _ limit: ClientLimit, _ count: Int = 10, from address: String? = "192.0.2.1", key: String? = nil,
        route: String? = "/orders"
    ) throws -> Int {
        let request = HTTPArrivingRequest(
            route: route, headers: HTTPHeaders(key.map { [("Authorization", "Bearer \($0)")] } ?? []),
            client: try address.map { try #require(ClientAddress($0)) })
        return (0..<count).count { _ in limit.refuse(request, now: Self.now) == nil }
    }

    @Test func anAddressIsAClientAndA64OfIPv6() throws {
        let limit = ClientLimit(rate: 1)
        #expect(try Self.passed(limit) == 2)
        #expect(try Self.passed(limit, from: "192.0.2.2") == 2)
        #expect(try Self.passed(limit, from: "2001:db8:0:1::1") == 2)
        #expect(try Self.passed(limit, from: "2001:db8:0:1:ffff::2") == 0)
        #expect(try Self.passed(limit, from: "2001:db8:0:2::1") == 2)
        // Also where there is nothing.
        #expect(try Self.passed(limit, route: nil) == 0)
    }

    @Test func healthAndTheUnixSocketAreFree() throws {
        let limit = ClientLimit(rate: 1)
        #expect(try Self.passed(limit, from: nil) == 10)
        #expect(try Self.passed(limit, route: "/health/live") == 10)
        #expect(try Self.passed(limit, route: "/health/ready") == 10)
        #expect(try Self.passed(limit, route: "/health") == 2)
    }

    @Test func aGoodKeyCountsForItselfAndAWrongOneForItsAddress() throws {
        let limit = ClientLimit(rate: 1)
        limit.found("good", isGood: true)
        // Wrong ones, each another.
        #expect(try (0..<10).reduce(0) { try $0 + Self.passed(limit, 1, key: "wrong\($1)") } == 2)
        #expect(try Self.passed(limit, key: "good") == 2)
        // Wherever it is shown.
        #expect(try Self.passed(limit, from: "192.0.2.3", key: "good") == 0)
        #expect(try Self.passed(limit, from: "192.0.2.3") == 2)
        // Revoked.
        limit.found("good", isGood: false)
        #expect(try Self.passed(limit, from: "192.0.2.3", key: "good") == 0)
    }

    private struct OneKey: KeyRing {
        func find(_ key: String) -> KnownKey { key == "good" ? .valid(Caller(name: "site"), [.place]) : .unknown }
    }

    @Test func lookingAKeyUpTellsWhetherItIsGood() throws {
        var settings = ServiceSettings(
            host: "", port: 0, inside: .socket(folder: "", name: ""), database: .sqlite(path: ""), maximumWaiting: 1)
        let limit = ClientLimit(rate: 1)
        settings.clientLimit = limit
        settings.ask(for: OneKey())
        let keys = try #require(settings.keys)
        #expect(try Self.passed(limit) == 2)
        #expect(keys.find("wrong") == .unknown)
        #expect(try Self.passed(limit, key: "wrong") == 0)
        #expect(try Self.passed(limit, key: "good") == 0, "nobody has looked it up")
        #expect(keys.find("good") == .valid(Caller(name: "site"), [.place]))
        #expect(try Self.passed(limit, key: "good") == 2)
    }

    @Test func theRefusalSaysWhenToComeBack() throws {
        let limit = ClientLimit(rate: 1)
        _ = try Self.passed(limit)
        let request = HTTPArrivingRequest(
            route: "/orders", headers: HTTPHeaders(), client: ClientAddress("192.0.2.1"))
        let refusal = try #require(limit.refuse(request, now: Self.now))
        #expect(refusal.status == 429)
        #expect(refusal.headers.contains { $0.name == "retry-after" && $0.value == "1" })
        #expect(String(decoding: refusal.body, as: UTF8.self).contains("/problems/too-many-requests"))
    }
}
