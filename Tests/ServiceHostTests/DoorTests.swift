import Foundation
import HTTPClient
import HTTPServer
import JSON
import Telemetry
import Testing

@testable import ServiceHost

/// What is answered at which door of a service.
@Suite struct DoorTests {
    private static let secret = "does not answer at kafka-17.example.com"

    /// A service whose database and log are in trouble, and one call for its own kind.
    private static func open(_ door: InsideDoor, host: String = "127.0.0.1") async throws -> ServiceDoors {
        var street = API(logger: .silent, problem: { _ in nil })
        var inside = street
        street.get("/orders") { _ in .json(Array("{}".utf8)) }
        inside.post("/reservations") { _ in .json(Array("{}".utf8)) }
        Health(
            service: "test",
            checks: [
                HealthCheck("database", isNeeded: true, complaint: { "is full" }),
                HealthCheck("kafka", complaint: { secret }),
            ], lifeCycle: LifeCycle()
        ).addRoutes(to: &street, inside: &inside)
        return try await ServiceDoors.open(
            ServiceSettings(
                host: host, port: 0, inside: door, database: .sqlite(path: ""), maximumWaiting: 100),
            loops: 1, street: street, inside: inside, moved: [("POST", "/reservations")], metrics: Metrics(),
            logger: .silent)
    }

    private struct Answer {
        var status: Int
        var body: String
    }

    private static func ask(_ http: HTTPClient, _ method: String, _ address: ServiceAddress, _ path: String)
        async throws -> Answer
    {
        let response = try await http.send(
            HTTPClientRequest(
                method: method, url: address.base + path, unixSocket: address.unixSocket, headers: address.headers),
            deadline: .now + .seconds(20))
        return Answer(status: response.status, body: String(decoding: response.body, as: UTF8.self))
    }

    private static func with(
        _ door: InsideDoor, _ body: (ServiceDoors, _ street: ServiceAddress, HTTPClient) async throws -> Void
    ) async throws {
        let doors = try await open(door)
        let http = HTTPClient(log: { _ in })
        do {
            try await body(doors, ServiceAddress(url: "http://127.0.0.1:\(doors.port)"), http)
        } catch {
            await http.close()
            await doors.close(within: .zero)
            throw error
        }
        await http.close()
        await doors.close(within: .zero)
    }

    private static func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/door-\(UInt32.random(in: 0...(.max)))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    private static func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func theStreetSaysHowItIsAndNoMore() async throws {
        try await Self.with(.port(host: "127.0.0.1", port: 0, isChosen: true)) { doors, street, http in
            let health = try await Self.ask(http, "GET", street, "/health")
            #expect(health.status == 200 && health.body == #"{"status":"degraded","service":"test"}"#)
            #expect(try await Self.ask(http, "GET", street, "/health/live").status == 200)
            let ready = try await Self.ask(http, "GET", street, "/health/ready")
            #expect(ready.status == 503 && !ready.body.contains(Self.secret), "\(ready.body)")
            #expect(try await Self.ask(http, "GET", street, "/orders").status == 200)
            for (method, path) in [("GET", "/metrics"), ("POST", "/reservations")] {
                #expect(try await Self.ask(http, method, street, path).status == 404)
            }
        }
    }

    @Test func theInsideHasMetricsDetailsAndCalls() async throws {
        try await Self.with(.port(host: "127.0.0.1", port: 0, isChosen: true)) { doors, _, http in
            let health = try await Self.ask(http, "GET", doors.inside, "/health")
            #expect(health.body.contains(Self.secret) && health.body.contains("is full"))
            let metrics = try await Self.ask(http, "GET", doors.inside, "/metrics")
            #expect(metrics.status == 200 && metrics.body.contains("http_server_request_duration"))
            #expect(try await Self.ask(http, "POST", doors.inside, "/reservations").status == 200)
            #expect(try await Self.ask(http, "GET", doors.inside, "/orders").status == 404)
        }
    }

    /// On the loopback the street may say where it is: whoever is there can reach it. Elsewhere it says nothing.
    @Test func theStreetNamesAnInsidePortOfTheLoopbackAlone() async throws {
        try await Self.with(.port(host: "127.0.0.1", port: 0, isChosen: true)) { doors, street, http in
            let refused = try await Self.ask(http, "POST", street, "/reservations")
            #expect(refused.body.contains(#""inside_port":"#))
            #expect(doors.inside.base.hasSuffix(refused.body.split(separator: ":").last?.dropLast() ?? "none"))
        }
        try await Self.with(.port(host: "0.0.0.0", port: 0, isChosen: true)) { _, street, http in
            let refused = try await Self.ask(http, "POST", street, "/reservations")
            #expect(!refused.body.contains("inside_port"))
        }
    }

    @Test func aSocketIsForThisUserAndGoesWithItsService() async throws {
        try await Self.withFolder { folder in
            try await Self.with(.socket(folder: folder, name: "test")) { doors, street, http in
                #expect(doors.inside.description == "unix:\(folder)/test.sock")
                let metrics = try await Self.ask(http, "GET", doors.inside, "/metrics")
                #expect(metrics.status == 200)
                let refused = try await Self.ask(http, "POST", street, "/reservations")
                #expect(refused.status == 404 && !refused.body.contains("inside_port"))
                #expect(try Self.mode(folder + "/test.sock") == 0o600)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    /// As after a kill: the file is there, and nobody behind it.
    @Test func whatADeadServiceLeftIsReplaced() async throws {
        try await Self.withFolder { folder in
            var configuration = HTTPServerConfiguration()
            configuration.unixSocket = folder + "/test.sock"
            let dead = HTTPServer(
                configuration: configuration, router: HTTPRouter(),
                refusal: { status, _, _ in HTTPResponse(status: status) }, log: { _ in })
            _ = try dead.start()
            await dead.stop(within: .zero)
            #expect(FileManager.default.fileExists(atPath: folder + "/test.sock"))
            try await Self.with(.socket(folder: folder, name: "test")) { doors, _, http in
                let metrics = try await Self.ask(http, "GET", doors.inside, "/metrics")
                #expect(metrics.status == 200)
            }
        }
    }

    /// A path of more than 107 bytes can't be a socket's.
    @Test func aTokenGuardsThePortThatStandsInForASocket() async throws {
        try await Self.withFolder { folder in
            let deep = folder + "/" + String(repeating: "d", count: 100)
            try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: false)
            try await Self.with(.socket(folder: deep, name: "test")) { doors, street, http in
                #expect(doors.inside.base.hasPrefix("http://127.0.0.1:"))
                let stranger = ServiceAddress(url: doors.inside.base)
                for address in [stranger, ServiceAddress(url: stranger.base, token: String(repeating: "0", count: 64))]
                {
                    for (method, path) in [("GET", "/metrics"), ("POST", "/reservations"), ("GET", "/health")] {
                        #expect(try await Self.ask(http, method, address, path).status == 401)
                    }
                }
                #expect(try await Self.ask(http, "GET", doors.inside, "/metrics").status == 200)
                #expect(try await Self.ask(http, "POST", doors.inside, "/reservations").status == 200)
                #expect(try await !Self.ask(http, "POST", street, "/reservations").body.contains("inside_port"))
                #expect(try Self.mode(deep + "/test.door") == 0o600)
                let file = try String(contentsOfFile: deep + "/test.door", encoding: .utf8)
                #expect(file.contains("\nheader = \"Authorization: Bearer \(doors.inside.token ?? "none")\"\n"))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: deep).isEmpty)
        }
    }

    /// The default must not stop a service that ran before there was an inside door.
    @Test func onlyAPortThatWasChosenHasToBeFree() async throws {
        let other = try await Self.open(.port(host: "127.0.0.1", port: 0, isChosen: true))
        let taken = try #require(other.inside.base.split(separator: ":").last.flatMap { Int($0) })
        try await Self.with(.port(host: "127.0.0.1", port: taken, isChosen: false)) { doors, _, http in
            #expect(doors.inside != other.inside)
            let metrics = try await Self.ask(http, "GET", doors.inside, "/metrics")
            #expect(metrics.status == 200)
        }
        await #expect(throws: HTTPServerError.addressInUse(host: "127.0.0.1", port: taken)) {
            try await Self.open(.port(host: "127.0.0.1", port: taken, isChosen: true))
        }
        await other.close(within: .zero)
    }
}

@Suite struct ServiceAddressTests {
    @Test func anotherPortOfTheLoopbackAlone() {
        func moved(_ url: String) -> String? { ServiceAddress(url: url).onLoopback(port: 9)?.base }
        #expect(moved("http://127.0.0.1:8081") == "http://127.0.0.1:9")
        #expect(moved("http://localhost:8081/") == "http://localhost:9")
        #expect(moved("http://[::1]") == "http://[::1]:9")
        for url in ["http://gateway:8081", "http://127.0.0.1.example.com:8081", "https://127.0.0.1", "unix:/a", ""] {
            #expect(moved(url) == nil)
        }
    }
}
