import AccessKeys
import Databases
import EventLog
import Foundation
import HTTPClient
import SQLite
import ServiceLife
import Telemetry

@testable import Application

/// A folder for one test; gone after it.
func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "shop-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
}

/// `orderlog up` on a folder, in this process. `log`: where log.db is, when it is in another folder; `keys`: what callers are asked for.
func withSystem(
    _ folder: String, log: String? = nil, keys: KeysFile? = nil, hasConsole: Bool = false,
    parts: SystemParts = SystemParts(),
    _ body: (RunningSystem) async throws -> Void = { _ in }
) async throws {
    func service(_ name: String) -> ServiceSettings {
        ServiceSettings(
            host: "127.0.0.1", port: 0, inside: .port(host: "127.0.0.1", port: 0, isChosen: true),
            database: name == "console" ? nil : .sqlite(path: "\(folder)/\(name).db"), maximumWaiting: 100)
    }
    var settings = SystemSettings(
        log: .embedded(folder: log ?? folder), order: service("order"), inventory: service("inventory"),
        notification: service("notification"))
    settings.keys = keys
    if hasConsole { settings.console = ConsoleSettings(service("console"), isPortChosen: true) }
    let system = try await RunningSystem.start(settings, logger: .silent, parts: parts)
    do {
        try await body(system)
    } catch {
        await system.stop(drainDelay: .zero)
        throw error
    }
    await system.stop(drainDelay: .zero)
}

/// Posts JSON to a service.
func post(
    _ body: String, to service: String, _ path: String, of system: RunningSystem
) async throws -> (status: Int, body: String) {
    let port = system.services.first { $0.name == service }?.port ?? 0
    let http = HTTPClient(log: { _ in })
    let reply = try await http.send(
        HTTPClientRequest(
            method: "POST", url: "http://127.0.0.1:\(port)\(path)", headers: [("content-type", "application/json")],
            body: Array(body.utf8)), deadline: .now + .seconds(20))
    await http.close()
    return (reply.status, String(decoding: reply.body, as: UTF8.self))
}

/// Asks again after each 503, for a minute: inventory has two seconds to answer an order, and a busy machine may take them.
func patiently<Answer>(_ status: (Answer) -> Int, _ ask: () async throws -> Answer) async throws -> Answer {
    let end = ContinuousClock.now + .seconds(60)
    var answer = try await ask()
    while status(answer) == 503, .now < end { answer = try await ask() }
    return answer
}

/// Takes an order, and waits until its event is on the log.
func placeOrder(_ system: RunningSystem) async throws {
    let before = try await system.log.ranges(topic: "orders").map(\.end).reduce(0, +)
    let body =
        #"{"customer":{"name":"Ada","email":"ada@example.com"},"items":[{"product_id":"PROD-001","quantity":1}]}"#
    let reply = try await patiently(\.status) { try await post(body, to: "order", "/orders", of: system) }
    guard reply.status == 201 else { throw Failure("\(reply.status): \(reply.body)") }
    let end = ContinuousClock.now + .seconds(20)
    while try await system.log.ranges(topic: "orders").map(\.end).reduce(0, +) == before {
        guard ContinuousClock.now < end else { throw Failure("the order's event does not come") }
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// Asks for a notification that is about no event.
func notify(_ system: RunningSystem) async throws {
    let body = """
        {"order_id": "01a20c00-c025-7f1f-9cf9-26975e7f4ba7", "type": "custom", "recipient": {"email": "a@b"}, "message": "m"}
        """
    let reply = try await post(body, to: "notification", "/notify", of: system)
    guard (200...202).contains(reply.status) else { throw Failure("\(reply.status): \(reply.body)") }
}

/// Statements, separated by semicolons, on a database of a service that is stopped.
func change(_ path: String, _ sql: String) async throws {
    let reader = try await SQLiteDatabase(path: path, role: .readOnly)
    let version = try await reader.read { try $0.first("PRAGMA user_version") { Int($0.int(0)) } } ?? 0
    await reader.close()
    let database = try await SQLiteDatabase(
        path: path, role: .shared,
        migrations: (1..<version + 1).map { SQLiteMigration(version: $0, name: "there already", sql: "") })
    try await database.write { connection in
        for statement in sql.split(separator: ";") { try connection.execute(String(statement)) }
    }
    await database.close()
}

func copy(_ name: String, from: String, to: String) throws {
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: "\(to)/\(name)\(suffix)") }
    try FileManager.default.copyItem(atPath: "\(from)/\(name)", toPath: "\(to)/\(name)")
}

/// There is one a process.
let testShutdown: ShutdownSignal = {
    guard let signal = ShutdownSignal() else { preconditionFailure("the system refuses a thread") }
    return signal
}()
