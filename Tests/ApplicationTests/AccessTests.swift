import AccessKeys
import Foundation
import HTTPAPI
import HTTPClient
import Inventory
import Notifications
import Orders
import ServiceLife
import Testing
import Timestamps

@testable import Application

/// Who is let in where: every operation that is declared, with every kind of key.
@Suite struct AccessTests {
    /// What is shown, and what it is good for; nil: for nothing.
    private struct Shown {
        var what: String
        var key: String?
        var scope: Scope?
    }

    /// A key of each scope, and each way of having none.
    private static func keys(_ file: KeysFile) throws -> [Shown] {
        let expired = KeyText.make()
        let revoked = KeyText.make()
        let shown = Scope.allCases.map { Shown(what: $0.rawValue, key: KeyText.make(), scope: $0) }
        func key(_ name: String, _ scopes: Set<Scope>, expires: Timestamp? = nil, _ text: String?) -> AccessKey {
            AccessKey(name: name, scopes: scopes, created: .now(), expires: expires, text: text ?? "")
        }
        try file.change { keys in
            keys = [key("revoked", Set(Scope.allCases), revoked)]
        }
        try file.change { keys in
            keys = shown.map { key($0.what, Set([$0.scope].compactMap(\.self)), $0.key) }
            keys.append(key("expired", Set(Scope.allCases), expires: .now().advanced(bySeconds: -1), expired))
        }
        return shown + [
            Shown(what: "none"), Shown(what: "wrong", key: KeyText.make()), Shown(what: "expired", key: expired),
            Shown(what: "revoked", key: revoked),
        ]
    }

    private static func send(
        _ http: HTTPClient, _ operation: HTTPAPI.Operation, _ address: ServiceAddress, _ path: String, _ shown: Shown
    ) async throws -> HTTPClientResponse {
        var headers = [("content-type", "application/json"), ("traceparent", trace)]
        if let key = shown.key { headers.append(("authorization", "Bearer \(key)")) }
        let request = HTTPClientRequest(
            method: operation.method.rawValue, url: address.base + path, unixSocket: address.unixSocket,
            headers: headers, body: operation.body.map { Array($0.example.utf8) })
        return try await patiently({ path == "/orders" ? $0.status : 0 }) {
            try await http.send(request, deadline: .now + .seconds(20))
        }
    }

    private static let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private static func path(_ operation: HTTPAPI.Operation, id: String = "01a20c00-c025-7f1f-9cf9-26975e7f4ba7")
        -> String
    {
        operation.pattern.split(separator: "/", omittingEmptySubsequences: false).map { segment in
            switch segment {
            case "{product_id}": "PROD-001"
            case "{kind}": "not-found"
            default: segment.hasPrefix("{") ? id : String(segment)
            }
        }.joined(separator: "/")
    }

    private static let doors = [
        ("order", OrderOperations.street, OrderOperations.inside),
        ("inventory", InventoryOperations.street, InventoryOperations.inside),
        ("notification", NotificationOperations.street, NotificationOperations.inside),
    ]

    private static func with(
        _ body: (RunningSystem, HTTPClient, KeysFile, [Shown]) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            let file = KeysFile(path: folder + "/keys")
            let shown = try keys(file)
            let http = HTTPClient(log: { _ in })
            try await withSystem(folder, keys: file) { system in
                do {
                    try await body(system, http, file, shown)
                } catch {
                    await http.close()
                    throw error
                }
                await http.close()
            }
        }
    }

    @Test func everyRouteTakesTheKeysThatItDeclaresAndNoOther() async throws {
        try await Self.with { system, http, _, all in
            for (name, street, _) in Self.doors {
                let service = try #require(system.services.first { $0.name == name })
                let address = ServiceAddress(url: service.url(host: "127.0.0.1"))
                for operation in street.operations {
                    for shown in all {
                        let reply = try await Self.send(http, operation, address, Self.path(operation), shown)
                        let what = "\(operation.name) with \(shown.what): \(reply.status)"
                        if operation.access == .open || shown.scope.map({ operation.access.takes([$0]) }) == true {
                            #expect(![401, 403].contains(reply.status) && reply.status < 500, "\(what)")
                            continue
                        }
                        #expect(reply.status == (shown.scope == nil ? 401 : 403), "\(what)")
                        let error =
                            shown.scope != nil
                            ? #", error="insufficient_scope""# : shown.key != nil ? #", error="invalid_token""# : ""
                        #expect(reply.header("www-authenticate") == #"Bearer realm="orderlog""# + error, "\(what)")
                        let type = shown.scope == nil ? ProblemType.keyRequired : .insufficientScope
                        let text = String(decoding: reply.body, as: UTF8.self)
                        #expect(text.contains(#""type":"\#(type.uri)""#), "\(what)")
                        #expect(text.contains("expired") == (shown.what == "expired"), "\(what)")
                    }
                }
            }
        }
    }

    /// Where nobody is asked for keys, none is in the way; the inside door asks for none, here on the loopback.
    @Test func theInsideDoorAsksForNoKey() async throws {
        try await Self.with { system, http, _, all in
            for (name, _, inside) in Self.doors {
                let service = try #require(system.services.first { $0.name == name })
                for operation in inside.operations {
                    #expect(operation.access == .inside || operation.access == .open, "\(operation.name)")
                    for shown in all {
                        let reply = try await Self.send(http, operation, service.inside, Self.path(operation), shown)
                        #expect(![401, 403].contains(reply.status), "\(operation.name) with \(shown.what)")
                    }
                }
            }
        }
    }

    @Test func noRouteOfThePublicDoorsIsOpenByMistake() {
        let open = Set(Self.doors.flatMap(\.1.operations).filter { $0.access == .open }.map(\.name))
        #expect(
            open == [
                "GET /health/live", "GET /health/ready", "GET /openapi.json", "GET /problems", "GET /problems/{kind}",
            ])
        for operation in Self.doors.flatMap(\.1.operations) where operation.access != .open {
            #expect(operation.method == .get || !operation.access.takes([.read]), "\(operation.name)")
        }
    }

    /// Nobody who is not let in learns which orders there are: not by a byte, nor by a header field.
    @Test func whatIsRefusedTellsOfNoOrder() async throws {
        try await Self.with { system, http, _, all in
            let service = try #require(system.services.first { $0.name == "order" })
            let address = ServiceAddress(url: service.url(host: "127.0.0.1"))
            let place = try #require(OrderOperations.street.operations.first { $0.id == "placeOrder" })
            let site = try #require(all.first { $0.scope == .place })
            let placed = try await http.send(
                HTTPClientRequest(
                    method: "POST", url: address.base + "/orders",
                    headers: [
                        ("content-type", "application/json"), ("authorization", "Bearer \(site.key ?? "")"),
                        ("idempotency-key", "1"),
                    ], body: Array((place.body?.example ?? "").utf8)), deadline: .now + .seconds(20))
            #expect(placed.status == 201)
            let there = try #require(placed.header("location")?.split(separator: "/").last.map(String.init))
            let ids = [there, "01a20c00-c025-7f1f-9cf9-26975e7f4ba7", "nothing", "%20"]
            for operation in OrderOperations.street.operations where operation.path.map(\.name) == ["order_id"] {
                for shown in all where shown.scope.map({ operation.access.takes([$0]) }) != true {
                    var answers: Set<String> = []
                    for id in ids {
                        let reply = try await Self.send(http, operation, address, Self.path(operation, id: id), shown)
                        let headers = reply.headers.filter { $0.name.lowercased() != "date" }.map {
                            "\($0.name): \($0.value)"
                        }
                        answers.insert("\(reply.status) \(headers) \(String(decoding: reply.body, as: UTF8.self))")
                    }
                    #expect(answers.count == 1, "\(operation.name) with \(shown.what): \(answers)")
                }
            }
        }
    }

    /// While requests go on, and no process starts anew.
    @Test func keysComeAndGo() async throws {
        try await Self.with { system, http, file, _ in
            let service = try #require(system.services.first { $0.name == "order" })
            let url = service.url(host: "127.0.0.1") + "/orders"
            func untilItIs(_ status: Int, _ key: String) async throws {
                let start = ContinuousClock.now
                while true {
                    let now = try await Self.status(http, url, key)
                    if now == status { return }
                    #expect(now == 200 || now == 401)
                    if .now - start > .seconds(60) { throw Failure("\(now) for 60 s") }
                }
            }
            let key = KeyText.make()
            try file.change { keys in
                keys.append(AccessKey(name: "new", scopes: [.read], created: .now(), expires: nil, text: key))
            }
            try await untilItIs(200, key)
            try file.change { keys in keys.removeAll { $0.name == "new" } }
            try await untilItIs(401, key)
        }
    }

    private static func status(_ http: HTTPClient, _ url: String, _ key: String) async throws -> Int {
        try await http.send(
            HTTPClientRequest(method: "GET", url: url, headers: [("authorization", "Bearer \(key)")]),
            deadline: .now + .seconds(20)
        ).status
    }

    /// One key, in one field, by one scheme.
    @Test func aKeyIsShownInOneWay() async throws {
        try await Self.with { system, http, _, all in
            let service = try #require(system.services.first { $0.name == "order" })
            let url = service.url(host: "127.0.0.1") + "/orders"
            let key = try #require(all.first { $0.scope == .read }?.key)
            func status(_ fields: [String], query: String = "") async throws -> Int {
                try await http.send(
                    HTTPClientRequest(
                        method: "GET", url: url + query, headers: fields.map { ("authorization", $0) }),
                    deadline: .now + .seconds(20)
                ).status
            }
            for field in ["Bearer \(key)", "bearer \(key)", "BEARER  \(key)"] {
                #expect(try await status([field]) == 200, "\(field.prefix(8))")
            }
            let refused = [
                [], ["Bearer \(key)", "Bearer \(key)"], ["Basic \(key)"], ["Bearer"], ["Bearer "], [key],
                ["Bearer\(key)"], ["Bearer \(key), Bearer \(key)"], ["Bearer \(key)="], ["Token \(key)"],
                ["Bearer " + String(repeating: key, count: 100)],
            ]
            for fields in refused { #expect(try await status(fields) == 401, "\(fields.map { $0.prefix(8) })") }
            #expect(try await status([], query: "?access_token=\(key)") == 401)
        }
    }

    /// What is not there needs no key, and tells nothing.
    @Test func unknownPathsAndMethodsNeedNoKey() async throws {
        try await Self.with { system, http, _, _ in
            let service = try #require(system.services.first { $0.name == "order" })
            let base = service.url(host: "127.0.0.1")
            for (method, path, status) in [
                ("GET", "/nothing", 404), ("DELETE", "/orders", 405), ("OPTIONS", "/orders", 204),
                ("GET", "/metrics", 404),
            ] {
                let reply = try await http.send(
                    HTTPClientRequest(method: method, url: base + path), deadline: .now + .seconds(20))
                #expect(reply.status == status, "\(method) \(path)")
            }
        }
    }
}
