import Databases
import HTTPAPI
import HTTPClient
import JSONSchema
import Telemetry
import Testing

@testable import ServiceLife

/// Whose bodies take memory.
@Suite struct StrangersBodiesTests {
    private struct OneKey: KeyRing {
        func find(_ key: String) -> KnownKey { key == "good" ? .valid(Caller(name: "site"), [.place]) : .unknown }
    }

    private static func operation(_ pattern: String, _ access: Access) -> HTTPAPI.Operation {
        HTTPAPI.Operation(
            .post, pattern, id: "test\(pattern.dropFirst())", tag: .init("test", "For tests."), access: access,
            summary: "Do it", description: "It is done.",
            answers: [.init("Done.", .json(.object([]), example: "{}"))])
    }

    /// A service that holds 28 KiB of long bodies.
    private static func open() async throws -> ServiceDoors {
        let (orders, reserve) = (operation("/orders", .keys([.place])), operation("/reservations", .inside))
        var settings = ServiceSettings(
            host: "127.0.0.1", port: 0, inside: .port(host: "127.0.0.1", port: 0, isChosen: true),
            database: .sqlite(path: ""), maximumWaiting: 100)
        settings.keys = OneKey()
        settings.bodyMemory = 32 << 10
        var street = API(
            .street("test", "Test", "A test.", [orders]), logger: .silent, keys: settings.keys, problem: { _ in nil })
        var inside = API(.inside("test", "Test", [reserve]), logger: .silent, problem: { _ in nil })
        street.on(orders) { _ in .json(Array("{}".utf8)) }
        inside.on(reserve) { _ in .json(Array("{}".utf8)) }
        Health(service: "test", checks: [], lifeCycle: LifeCycle()).addRoutes(to: &street, inside: &inside)
        return try await ServiceDoors.open(
            settings, loops: 1, street: street, inside: inside, moved: [reserve], metrics: Metrics(),
            logger: .silent)
    }

    /// A body that does not fit is a 503, so whoever is answered something else had none of it held.
    @Test func longOnesAreHeldOfThoseWithAGoodKeyAlone() async throws {
        let doors = try await Self.open()
        let http = HTTPClient(log: { _ in })
        for (path, key, size, status) in [
            ("/orders", "good", 20 << 10, 200), ("/orders", "good", 200 << 10, 503),
            ("/orders", nil, 200 << 10, 401), ("/orders", "wrong", 200 << 10, 401), ("/orders", nil, 2, 401),
            ("/reservations", nil, 200 << 10, 404),
        ] {
            let answer = try await http.send(
                HTTPClientRequest(
                    method: "POST", url: "http://127.0.0.1:\(doors.port)\(path)",
                    headers: key.map { [("authorization", "Bearer \($0)")] } ?? [],
                    body: [UInt8](repeating: UInt8(ascii: " "), count: size)),
                deadline: .now + .seconds(20))
            #expect(answer.status == status, "\(path) \(key ?? "no key") \(size)")
            #expect(status != 404 || String(decoding: answer.body, as: UTF8.self).contains(#""inside_port":"#))
        }
        await http.close()
        await doors.close(within: .zero)
    }
}
