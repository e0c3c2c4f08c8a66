import EventLog
import Foundation
import HTTPClient
import Testing

@testable import Application

/// The log and its dead letters, as the console shows them beside running services.
extension ConsoleTests {
    private static func place(_ visitor: Visitor) async throws -> String {
        let placed = try await visitor.send("POST", "/api/orders", order)
        return try #require(try visitor.json(placed)["order_id"] as? String)
    }

    /// What is answered once it is as `isSo` wants it.
    private static func eventually(
        _ visitor: Visitor, _ path: String, _ isSo: ([String: Any]) -> Bool
    ) async throws -> [String: Any] {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let answer = try visitor.json(try await visitor.send("GET", path))
            if isSo(answer) || ContinuousClock.now > end { return answer }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private static func list(_ answer: [String: Any], _ name: String) -> [[String: Any]] {
        answer[name] as? [[String: Any]] ?? []
    }

    @Test func theLogIsShownToItsRecords() async throws {
        try await withConsole { _, visitor in
            let id = try await Self.place(visitor)
            let path = "/api/log/topics/orders/records?key=\(id)"
            let page = try await Self.eventually(visitor, path) { !Self.list($0, "records").isEmpty }
            let row = try #require(Self.list(page, "records").first)
            #expect(row["type"] as? String == "orderlog.OrderConfirmed.v1" && row["key"] as? String == id)
            let (partition, offset) = (row["partition"] as? Int ?? -1, row["offset"] as? Int ?? -1)
            let one = try visitor.json(
                try await visitor.send("GET", "/api/log/topics/orders/\(partition)/\(offset)?whole=true"))
            let record = try #require(one["record"] as? [String: Any])
            #expect((record["value"] as? String)?.contains("<script>") == true)
            let topics = Self.list(try visitor.json(try await visitor.send("GET", "/api/log/topics")), "topics")
            #expect(topics.first { $0["name"] as? String == "orders" }?["partition_count"] as? Int == 12)
            let groups = try await Self.eventually(visitor, "/api/log/groups") { answer in
                Self.list(answer, "groups").count == 2
                    && Self.list(answer, "groups").allSatisfy { $0["lag"] as? Int == 0 }
            }
            #expect(Self.list(groups, "groups").allSatisfy { !(Self.list($0, "members").isEmpty) })
        }
    }

    @Test func whatIsNotThereIsRefusedInWords() async throws {
        try await withConsole { _, visitor in
            for path in [
                "none/records", "__consumer_offsets/records", "%3Cscript%3E/0/0", "orders/0/999999", "orders/99/0",
                "orders/x/0",
            ] {
                #expect(try await visitor.send("GET", "/api/log/topics/\(path)").status == 404, "\(path)")
            }
            for query in ["offset=3", "offset=3&partition=0&at=0:1", "at=x", "limit=0", "direction=up", "time=soon"] {
                #expect(
                    try await visitor.send("GET", "/api/log/topics/orders/records?\(query)").status == 422, "\(query)")
            }
            for body in [
                "{}", #"{"all":true,"places":["a/0:1"]}"#, #"{"places":[]}"#, #"{"places":["x"]}"#,
                #"{"all":true,"why":"x"}"#,
                #"{"places":["a.dlq/0:1"],"error":"x"}"#, #"{"al":true}"#,
            ] {
                let answer = try await visitor.send("POST", "/api/dead-letters/redrive", body)
                #expect(answer.status == 422, "\(body)")
            }
            let noReason = try await visitor.send("POST", "/api/dead-letters/discard", #"{"all":true}"#)
            #expect(noReason.status == 422)
        }
    }

    /// An event that no group can handle: it is no success in the order's story, is listed, sent back, comes again, and is discarded.
    @Test func aDeadLetterIsSeenRedrivenAndDiscarded() async throws {
        try await withConsole { system, visitor in
            let id = try await Self.place(visitor)
            _ = await system.log.append([LogRecord(topic: "orders", key: Array(id.utf8), value: Array("no event".utf8))]
            )
            let waiting = { (answer: [String: Any]) in answer["waiting"] as? Int == 2 }
            let listed = try await Self.eventually(visitor, "/api/dead-letters", waiting)
            let letters = Self.list(listed, "letters")
            #expect(
                Set(letters.compactMap { $0["group"] as? String }) == ["inventory-service", "notification-service"])
            #expect(letters.allSatisfy { $0["key"] as? String == id && ($0["error"] as? String)?.isEmpty == false })
            let story = try await visitor.story(of: id) { $0.contains { $0["dead_letter"] != nil } }
            let dead = story.filter { $0["dead_letter"] != nil }
            #expect(dead.count == 2 && dead.allSatisfy { $0["done"] as? Bool == false })

            func change(_ verb: String, _ body: String) async throws -> [String: Any] {
                try visitor.json(try await visitor.send("POST", "/api/dead-letters/\(verb)", body))
            }
            let dry = try await change("redrive", #"{"all":true,"dry_run":true}"#)
            #expect(dry["left"] as? Int == 2 && (dry["done"] as? [String])?.count == 2)
            let done = try await change("redrive", #"{"all":true}"#)
            #expect(done["left"] as? Int == 0 && (done["done"] as? [String])?.count == 2)
            // It fails as before, and comes back with its tries counted.
            let again = try await Self.eventually(visitor, "/api/dead-letters", waiting)
            #expect(Self.list(again, "letters").count == 2)
            let place = try #require(Self.list(again, "letters").first?["place"] as? String)
            let gone = try await change("discard", #"{"places":["\#(place)"],"why":"<b>a test</b>"}"#)
            #expect(gone["done"] as? [String] == [place])
            let all = Self.list(
                try visitor.json(try await visitor.send("GET", "/api/dead-letters?ended=true")), "letters")
            #expect(all.count == 4)
            #expect(all.first { $0["place"] as? String == place }?["discarded_because"] as? String == "<b>a test</b>")
        }
    }
}
