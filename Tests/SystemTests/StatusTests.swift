import EventLog
import Foundation
import ServiceLife
import TestProcess
import Testing

/// `orderlog status`, beside services that run.
@Suite struct StatusTests {
    private static let services = ["order", "inventory", "notification"]

    private static func status(_ shop: Shop, _ words: String...) async throws -> ToolResult {
        let doors = services.flatMap {
            ["--\($0)", shop.inside($0).unixSocket.map { "unix:" + $0 } ?? shop.inside($0).base]
        }
        return try await Shop.tool(["status"] + words + doors)
    }

    @Test(arguments: [Shop.Log.embedded]) func saysThatAllIsWellAndWhatIsNot(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            #expect(try await shop.place([("PROD-001", 1)]).status == 201)
            let well = try await eventually("all is well", within: .seconds(60)) {
                let status = try await Self.status(shop)
                return status.code == 0 ? status : nil
            }
            #expect(well.output.contains("All is well."), "\(well.output)")
            for service in Self.services {
                #expect(well.lines.contains { $0.hasPrefix(service) && $0.contains("ok") && $0.contains("0.1.0") })
            }
            #expect(well.lines.contains { $0.contains("events of order") })
            #expect(well.lines.contains { $0.contains("records for the group notification-service") })
            let json = try await Self.status(shop, "--json")
            #expect(json.output.contains(#""status":"well""#), "\(json.output)")
            // A record that is no event.
            try await shop.withLog { log in
                let record = LogRecord(topic: "orders", key: nil, value: [0xff])
                for result in await log.append([record]) { _ = try result.get() }
            }
            let told = try await eventually("what went wrong last is told", within: .seconds(60)) {
                let status = try await Self.status(shop)
                return status.output.contains("went to the dead-letter topic") ? status : nil
            }
            #expect(told.lines.contains { $0.hasPrefix("    last error 2") }, "\(told.output)")
            #expect(try await Self.status(shop, "--json").output.contains(#""last_error":{"time":"#))
            try await shop.killAll()
            let down = try await Self.status(shop)
            #expect(down.code == 2)
            #expect(
                down.output.contains("DOWN") && down.output.contains("docs/runbooks/service-down.md"), "\(down.output)")
        }
    }
}
