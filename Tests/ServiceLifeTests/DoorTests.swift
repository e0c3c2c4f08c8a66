import Databases
import Foundation
import HTTPClient
import HTTPServer
import JSON
import JSONSchema
import Telemetry
import Testing

@testable import HTTPAPI
@testable import ServiceLife

/// What is answered at which door of a service.
@Suite struct DoorTests {
    private static let secret = "does not answer at kafka-17.example.com"

    private static let orders = operation(.get, "/orders")
    private static let reserve = operation(.post, "/reservations")

    private static func operation(_ method: HTTPAPI.Operation.Method, _ pattern: String) -> HTTPAPI.Operation {
        HTTPAPI.Operation(
            method, pattern, id: "test\(pattern.dropFirst())", tag: .init("test", "For tests."), access: .open,
            summary: "Do it",
            description: "It is done.", answers: [.init("Done.", .json(.object([]), example: "{}"))])
    }

    /// A service whose database and log are in trouble, and one call for its own kind.
    private static func open(
        _ door: InsideDoor, host: String = "127.0.0.1", tokens: InsideTokens? = nil, keys: (any KeyRing)? = nil
    ) async throws -> ServiceDoors {
        func api(_ description: APIDescription) -> API { API(description, logger: .silent, problem: { _ in nil }) }
        var street = api(.street("test", "Test", "A test.", [orders]))
        var inside = api(.inside("test", "Test", [reserve]))
        street.on(orders) { _ in .json(Array("{}".utf8)) }
        inside.on(reserve) { _ in .json(Array("{}".utf8)) }
        Health(
            service: "test",
            checks: [
                HealthCheck("database", isNeeded: true, complaint: { "is full" }),
                HealthCheck("kafka", complaint: { secret }),
            ], lifeCycle: LifeCycle()
        ).addRoutes(to: &street, inside: &inside)
        var settings = ServiceSettings(
            host: host, port: 0, inside: door, database: .sqlite(path: ""), maximumWaiting: 100)
        settings.insideTokens = tokens
        settings.keys = keys
        return try await ServiceDoors.open(
            settings, loops: 1, street: street, inside: inside, moved: [reserve], metrics: Metrics(),
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
        _ door: InsideDoor, tokens: InsideTokens? = nil,
        _ body: (ServiceDoors, _ street: ServiceAddress, HTTPClient) async throws -> Void
    ) async throws {
        let doors = try await open(door, tokens: tokens)
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

    @Test func metricsAreToldInTheFormThatIsAskedFor() async throws {
        try await Self.with(.port(host: "127.0.0.1", port: 0, isChosen: true)) { doors, _, http in
            for (accept, type) in [
                (String?.none, MetricsFormat.prometheus.contentType),
                (
                    "application/openmetrics-text;version=1.0.0,*/*;q=0.1", MetricsFormat.openMetrics.contentType
                ),
            ] {
                let response = try await http.send(
                    HTTPClientRequest(
                        method: "GET", url: doors.inside.base + "/metrics",
                        headers: doors.inside.headers + (accept.map { [("accept", $0)] } ?? [])),
                    deadline: .now + .seconds(20))
                #expect(response.headers.first { $0.name.lowercased() == "content-type" }?.value == type)
                #expect(response.body.suffix(6).elementsEqual("# EOF\n".utf8) == (accept != nil))
            }
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
                refusal: { HTTPResponse(status: $0.status) }, log: { _ in })
            _ = try dead.start()
            await dead.stop(within: .zero)
            #expect(FileManager.default.fileExists(atPath: folder + "/test.sock"))
            try await Self.with(.socket(folder: folder, name: "test")) { doors, _, http in
                let metrics = try await Self.ask(http, "GET", doors.inside, "/metrics")
                #expect(metrics.status == 200)
            }
        }
    }

    /// Somebody cleans up in the folder: whoever looks for the door finds it again, when it was looked for.
    @Test func aSocketThatIsRemovedIsThereAgain() async throws {
        try await Self.withFolder { folder in
            let path = folder + "/test.sock"
            try await Self.with(.socket(folder: folder, name: "test")) { doors, _, http in
                #expect(try await Self.ask(http, "POST", doors.inside, "/reservations").status == 200)
                try FileManager.default.removeItem(atPath: path)
                let end = ContinuousClock.now + .seconds(60)
                while !FileManager.default.fileExists(atPath: path), .now < end {
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(try Self.mode(path) == 0o600)
                // A connection that was open before is no proof; and the file is there a moment before somebody listens.
                let fresh = HTTPClient(log: { _ in })
                var answer = try? await Self.ask(fresh, "POST", doors.inside, "/reservations")
                while answer == nil, .now < end {
                    try await Task.sleep(for: .milliseconds(20))
                    answer = try? await Self.ask(fresh, "POST", doors.inside, "/reservations")
                }
                #expect(answer?.status == 200)
                await fresh.close()
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    @Test func whatIsInTheSocketsPlaceIsNamedWithAdvice() async throws {
        try await Self.withFolder { folder in
            try Data("notes".utf8).write(to: URL(filePath: folder + "/test.sock"))
            let error = await #expect(throws: HTTPServerError.self) {
                try await Self.open(.socket(folder: folder, name: "test"))
            }
            #expect(error?.description.contains("\(folder)/test.sock") == true)
            #expect(error?.description.contains("move it away") == true)
            #expect(try String(contentsOfFile: folder + "/test.sock", encoding: .utf8) == "notes")
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
                let wrong = InsideTokens([String(repeating: "0", count: 64)], from: "a guess")
                for address in [stranger, ServiceAddress(url: stranger.base, tokens: wrong)] {
                    for (method, path) in [("GET", "/metrics"), ("POST", "/reservations"), ("GET", "/health")] {
                        #expect(try await Self.ask(http, method, address, path).status == 401)
                    }
                }
                #expect(try await Self.ask(http, "GET", doors.inside, "/metrics").status == 200)
                #expect(try await Self.ask(http, "POST", doors.inside, "/reservations").status == 200)
                #expect(try await !Self.ask(http, "POST", street, "/reservations").body.contains("inside_port"))
                #expect(try Self.mode(deep + "/test.door") == 0o600)
                let file = try String(contentsOfFile: deep + "/test.door", encoding: .utf8)
                #expect(file.contains("\nheader = \"Authorization: Bearer \(doors.inside.tokens?.first ?? "none")\"\n"))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: deep).isEmpty)
        }
    }

    /// Whatever is asked for, so that nobody learns what is there; but for what starts and stops the service.
    @Test func whoShowsNoTokenLearnsNothing() async throws {
        let (old, new) = (String(repeating: "o", count: 40), String(repeating: "n", count: 40))
        let tokens = InsideTokens([new, old], from: "FILE")
        try await Self.with(.port(host: "127.0.0.1", port: 0, isChosen: true), tokens: tokens) { doors, street, http in
            let asked = [
                ("GET", "/metrics"), ("GET", "/health"), ("POST", "/reservations"), ("DELETE", "/reservations"),
                ("OPTIONS", "/reservations"), ("GET", "/nothing"), ("GET", "/openapi.json"), ("HEAD", "/metrics"),
            ]
            func statuses(_ shown: [String]) async throws -> [Int] {
                var statuses: [Int] = []
                for (method, path) in asked {
                    let response = try await http.send(
                        HTTPClientRequest(
                            method: method, url: doors.inside.base + path,
                            headers: shown.map { ("authorization", $0) }),
                        deadline: .now + .seconds(20))
                    let words = String(decoding: response.body, as: UTF8.self)
                    #expect(!words.contains(old) && !words.contains(new))
                    statuses.append(response.status)
                }
                return statuses
            }
            let all = [200, 200, 200, 405, 204, 404, 200, 200]
            for shown in ["Bearer \(new)", "bearer \(old)"] {
                let found = try await statuses([shown])
                #expect(found == all)
            }
            let none = [Int](repeating: 401, count: asked.count)
            let wrong = String(repeating: "w", count: 40)
            for shown in [
                [], ["Bearer \(wrong)"], ["Bearer \(new)x"], ["Basic \(new)"], [new], ["Bearer  \(new)"], ["Bearer "],
                ["Bearer \(new)", "Bearer \(new)"],
            ] {
                let found = try await statuses(shown)
                #expect(found == none, "\(shown)")
            }
            for path in ["/health/live", "/health/ready"] {
                let stranger = ServiceAddress(url: doors.inside.base)
                #expect(try await Self.ask(http, "GET", stranger, path).status != 401)
            }
            // The street is another matter.
            #expect(try await Self.ask(http, "GET", street, "/orders").status == 200)
            #expect(doors.inside.tokens === tokens)
        }
    }

    private struct OneKey: KeyRing {
        let scope: Scope
        func find(_ key: String) -> KnownKey { key == "ol_key" ? .valid(Caller(name: "watch"), [scope]) : .unknown }
    }

    /// Prometheus has a key of its own, which reserves nothing.
    @Test func aKeyThatReadsIsGoodForMetrics() async throws {
        for (scope, status) in [(Scope.read, 200), (.operate, 401)] {
            let tokens = InsideTokens([String(repeating: "t", count: 40)], from: "FILE")
            let doors = try await Self.open(
                .port(host: "127.0.0.1", port: 0, isChosen: true), tokens: tokens, keys: OneKey(scope: scope))
            let http = HTTPClient(log: { _ in })
            let watch = ServiceAddress(url: doors.inside.base, tokens: InsideTokens(["ol_key"], from: "the test"))
            for (method, path, wanted) in [
                ("GET", "/metrics", status), ("GET", "/health", status), ("POST", "/reservations", 401),
                ("GET", "/openapi.json", 401),
            ] {
                let answer = try await Self.ask(http, method, watch, path)
                #expect(answer.status == wanted, "\(path)")
            }
            await http.close()
            await doors.close(within: .zero)
        }
    }

    @Test func aSocketWantsNoTokenThatOthersHave() async throws {
        try await Self.withFolder { folder in
            let tokens = InsideTokens([String(repeating: "t", count: 40)], from: "FILE")
            try await Self.with(.socket(folder: folder, name: "test"), tokens: tokens) { doors, _, http in
                let metrics = try await Self.ask(http, "GET", doors.inside, "/metrics")
                #expect(metrics.status == 200)
                #expect(doors.inside.tokens == nil)
            }
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
