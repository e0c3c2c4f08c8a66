import EventLog
import Foundation
import Headers
import Testing

/// `orderlog events`, beside a shop that runs.
@Suite struct EventsCommandTests {
    @Test(arguments: Shop.Log.available) func tailShowsWhatIsSelected(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            let first = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
            let second = try #require(try await shop.place([("PROD-002", 2)]).string("order_id"))
            _ = try await shop.caller.call("POST", shop.order + "/orders/\(first)/ship")
            _ = try await shop.notifications(of: first, count: 4)
            _ = try await shop.notifications(of: second, count: 2)

            let all = try await shop.events("tail")
            #expect(all.code == 0 && all.lines.count == 5 + 3, "\(all.output)")
            let shipped = "OrderShipped  \(first)  Ada <ada@example.com>, 1 units, 1299.99 USD"
            #expect(all.lines.contains { $0.contains(shipped) })
            let times = all.lines.map { $0.prefix { $0 != " " } }
            #expect(times == times.sorted())
            #expect(try await shop.events("tail", "--order", first).lines.count == 2)
            #expect(try await shop.events("tail", "--type", "OrderConfirmed").lines.count == 2)
            #expect(try await shop.events("tail", "--topic", "inventory").lines.count == 5)
            #expect(try await shop.events("tail", "--from=-15m", "--to", "latest").lines.count == 8)
            #expect(try await shop.events("tail", "--from", "latest").lines.isEmpty)
            let json = try await shop.events("tail", "--json", "--order", second)
            let record = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
            #expect((record?["value"] as? [String: Any])?["order_id"] as? String == second)
        }
    }

    /// It begins with the last ones, and goes on with what comes.
    @Test(arguments: Shop.Log.available) func tailFollowsFromTheEnd(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            let first = try #require(try await shop.place([("PROD-001", 1)]).string("order_id"))
            _ = try await shop.notifications(of: first, count: 2)
            #expect(try await shop.events("tail", "-n", "1").lines.count == 1)
            #expect(try await shop.events("tail", "-n", "2", "--type", "ProductAdded").lines.count == 2)
            let tail = try OrderlogProcess(
                ["events", "tail", "-n", "1", "--follow", "--topic", "orders"] + shop.place,
                errors: shop.folder.appending(path: "tail.log"))
            try await eventually("the last event is shown", within: .seconds(30)) {
                tail.outputText.contains("OrderConfirmed  \(first)")
            }
            let second = try #require(try await shop.place([("PROD-002", 1)]).string("order_id"))
            try await eventually("the next event is shown", within: .seconds(30)) {
                tail.outputText.contains("OrderConfirmed  \(second)")
            }
            tail.send(SIGINT)
            #expect(try await tail.ended(within: .seconds(20)) == 0)
            #expect(tail.outputText.split(separator: "\n").count == 2)
        }
    }

    @Test(arguments: Shop.Log.available) func anExportComesBackByteForByte(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            for _ in 0..<20 { _ = try await shop.place([("PROD-005", 1)]) }
            try await shop.withLog { eventLog in try await Self.exportAndImport(shop, eventLog) }
        }
    }

    private static func exportAndImport(_ shop: Shop, _ eventLog: any EventLog) async throws {
        let odd = [
            LogRecord(topic: "orders", partition: 0, key: nil, value: nil, timestamp: 5),
            LogRecord(topic: "orders", partition: 1, key: nil, value: nil, timestamp: shop.log == .kafka ? 1 : .max),
            LogRecord(
                topic: "orders", partition: 0, key: [0xff],
                headers: [RecordHeader("h", nil), RecordHeader("h", [0xfe])],
                value: [0, 0xff, 10], timestamp: 4),
        ]
        for result in await eventLog.append(odd) { _ = try result.get() }
        try await eventLog.create([TopicDeclaration(name: "copy", partitions: 12, retention: nil)])
        try await eventually("all is published", within: .seconds(30)) {
            try await eventLog.ranges(topic: "orders").reduce(0) { $0 + $1.end } == 23
        }
        let file = shop.folder.appending(path: "orders.ndjson.gz").path
        #expect(try await shop.events("export", file, "--topic", "orders").code == 0)
        #expect(!FileManager.default.fileExists(atPath: file + ".partial"))

        let trial = try await shop.events("import", file, "--topic", "copy", "--dry-run")
        #expect(trial.code == 0 && trial.output.contains("would import 23 records"))
        #expect(try await eventLog.ranges(topic: "copy").allSatisfy { $0.end == 0 })
        #expect(try await shop.events("import", file, "--topic", "copy").code == 0)
        for range in try await eventLog.ranges(topic: "orders") {
            func records(_ topic: String) async throws -> [StoredRecord] {
                try await eventLog.read(topic: topic, partition: range.partition, from: 0, limit: 100).map {
                    var record = $0
                    record.position.topic = ""
                    return record
                }
            }
            #expect(try await records("copy") == records("orders"))
        }
        let again = try await shop.events("import", file, "--topic", "copy")
        #expect(again.code == 1 && again.output.contains("--append"))
    }

    /// What can be read only once, and a reader that has had enough.
    @Test(arguments: Shop.Log.available) func pipesAreReadAndWritten(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            for _ in 0..<3 { _ = try await shop.place([("PROD-001", 1)]) }
            try await shop.awaitEvents("orders", 3)
            try await shop.awaitGroup("notification-service")
            try await shop.withLog { eventLog in
                try await eventLog.create(
                    ["first", "second", "third"].map { TopicDeclaration(name: $0, partitions: 12, retention: nil) })
            }
            let place = shop.place.joined(separator: " ")
            let events = "\(OrderlogProcess.executable.path) events"
            let output = try await runScript([
                "bash", "-euo", "pipefail", "-c",
                """
                cd \(shop.folder.path)
                \(events) export - --topic orders \(place) | gzip >all.gz
                \(events) import <(gunzip <all.gz) --topic first \(place)
                gunzip <all.gz | \(events) import /dev/stdin --topic second \(place)
                mkfifo pipe; cat all.gz >pipe & \(events) import pipe --topic third \(place)
                for topic in first second third; do \(events) tail --topic $topic --json \(place) | wc -l; done
                # The reader is gone before anything is written.
                exec 5> >(exit 0); wait $!; \(events) tail --topic orders \(place) >&5
                (\(events) export - --topic orders \(place); echo "code $?") 2>&1 >/dev/full || true
                if \(events) tail --topic orders \(place) 2>&1 >/dev/full; then echo "all is well"; fi
                """,
            ])
            #expect(output.hasPrefix("3\n3\n3\n"), "\(output)")
            #expect(!output.contains("all is well") && output.contains("No space left on device"), "\(output)")
        }
    }

    /// What the command line says goes before the environment.
    @Test func aFolderThatIsNamedIsMeant() async throws {
        try await withShop(.embedded) { shop in
            _ = try await shop.place([("PROD-001", 1)])
            let folder = shop.folder.path
            for (words, code, text) in [
                (["events", "tail", "--data", folder], 0, "ProductAdded"),
                (["events", "tail", "--data", "/tmp/nothing"], 1, "say --kafka"),
                (["audit", "--data", folder], 2, "say --kafka"),
            ] as [([String], Int32, String)] {
                let process = try OrderlogProcess(
                    words, environment: ["KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"],
                    errors: shop.folder.appending(path: "named.log"))
                #expect(try await process.ended(within: .seconds(30)) == code)
                #expect((process.outputText + process.errorText).contains(text))
            }
        }
    }

    /// Ctrl-C: each says where it got to, and what it left is no half of something that looks whole.
    @Test(arguments: Shop.Log.available) func ctrlCStopsInOrder(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            _ = try await shop.place([("PROD-001", 1)])
            let errors = shop.folder.appending(path: "stopped.log")
            func stopped(_ words: [String], when isUnderWay: (OrderlogProcess) async throws -> Bool)
                async throws -> (Int32, String)
            {
                let process = try OrderlogProcess(["events"] + words + shop.place, errors: errors)
                try await eventually("it is under way", within: .seconds(30)) { try await isUnderWay(process) }
                process.send(SIGINT)
                return (try await process.ended(within: .seconds(20)), process.outputText + process.errorText)
            }
            try await shop.withLog {
                try await $0.create([TopicDeclaration(name: "slow", partitions: 1, retention: nil)])
            }
            // An hour lies between them: at the recorded pace the second is waited for.
            let file = shop.folder.appending(path: "slow.ndjson").path
            try
                ((0..<3).map { #"{"topic":"slow","partition":0,"timestamp":\#($0 * 3_600_000),"headers":[]}"# }
                + [#"{"end":{"records":3}}"#, ""]).joined(separator: "\n").write(
                    toFile: file, atomically: true, encoding: .utf8)
            let (code, output) = try await stopped(["import", file, "--speed", "1x"]) { _ in
                try await shop.withLog { try await $0.ranges(topic: "slow")[0].end == 1 }
            }
            #expect(code == 130 && output.contains("stopped: 1 of 3 records are imported"), "\(output)")
            // Ctrl-C is how following ends.
            let (ended, shown) = try await stopped(["tail", "--follow"]) { $0.outputText.contains("OrderConfirmed") }
            #expect(ended == 0, "\(shown)")
        }
    }

    /// One clear line, and nothing written.
    @Test(arguments: Shop.Log.available) func whatCannotBeDoneIsSaid(_ log: Shop.Log) async throws {
        try await withShop(log) { shop in
            _ = try await shop.place([("PROD-001", 1)])
            for (arguments, code, words) in [
                (["tail", "--from", "0:99"], 1, "say orders/0:99 or inventory/0:99"),
                (["tail", "--from", "orders/0:99"], 1, "99 is not there"),
                (["tail", "--topic", "inventory", "--from", "orders/0:0"], 1, "none of the topics"),
                (["tail", "--follow", "--to", "orders/0:0"], 64, "leave out --to"),
                (["tail", "--topic", "nothing"], 1, "nothing"),
                (["tail", "--from", "2100-01-01T00:00:00Z"], 1, "in the future"),
                (["tail", "--from", "soon"], 64, "PARTITION:OFFSET"),
                (["tail", "--topic", "orders", "--from", "99:0"], 1, "no partition 99"),
                (["import", "/nowhere", "--speed", "1e-30x"], 64, "from 0.001x"),
                (["import", "/nowhere"], 1, "can't be read"), (["import", "/tmp"], 1, "can't be read"),
            ] as [([String], Int32, String)] {
                let result = try await shop.tool(["events"] + arguments)
                #expect(result.code == code && result.output.contains(words), "\(arguments): \(result.output)")
            }
            let file = shop.folder.appending(path: "bad.ndjson")
            let good = #"{"topic":"orders","partition":1,"offset":0,"timestamp":1,"headers":[]}"#
            for (text, words) in [
                (good + "\n{\"topic\":\n", "line 2"), (good + "\n" + good, "cut off"), (good + "\n{}\n", "line 2"),
                (good + "\n", "lacks the last line of an export"), ("", "lacks the last line of an export"),
                (good + "\n{\"end\":{\"records\":2}}\n", "says that it has 2 records, and has 1"),
                (
                    good.replacing("\"partition\":1", with: "\"partition\":12") + "\n{\"end\":{\"records\":1}}\n",
                    "record 1 is of partition 12"
                ),
            ] {
                try text.write(to: file, atomically: true, encoding: .utf8)
                let result = try await shop.events("import", file.path, "--append")
                #expect(result.code == 1 && result.output.contains(words), "\(result.output)")
            }
            // What was cut off is taken without its last line, where that is asked for.
            try (good + "\n" + good).write(to: file, atomically: true, encoding: .utf8)
            let part = try await shop.events("import", file.path, "--append", "--dry-run", "--partial")
            #expect(part.code == 0 && part.output.contains("would import 1 records"), "\(part.output)")
            // Compressed, and cut off; another number of partitions; from standard input nothing comes.
            let whole = shop.folder.appending(path: "whole.ndjson.gz")
            #expect(try await shop.events("export", whole.path).code == 0)
            try Data(contentsOf: whole).dropLast(20).write(to: whole)
            try await shop.withLog {
                try await $0.create([TopicDeclaration(name: "wide", partitions: 24, retention: nil)])
            }
            for _ in 0..<30 { _ = try await shop.place([("PROD-001", 1)]) }
            try await shop.awaitEvents("orders", 31)
            try await shop.awaitGroup("notification-service")
            let orders = shop.folder.appending(path: "orders.ndjson").path
            #expect(try await shop.events("export", orders, "--topic", "orders").code == 0)
            for (words, text) in [
                ([whole.path, "--append"], "is cut off before its end"),
                ([orders, "--topic", "wide"], "wide has 24 partitions here and had another number"),
                ([orders], "hold 31 records already: --append adds to them"),
            ] as [([String], String)] {
                let result = try await shop.tool(["events", "import"] + words)
                #expect(result.code == 1 && result.output.contains(text), "\(result.output)")
            }
            #expect(try await shop.events("import", orders, "--topic", "wide", "--any-partitions").code == 0)
            #expect(try await shop.events("tail", "--topic", "orders").lines.count == 31)
        }
    }
}

extension Shop {
    func events(_ words: String...) async throws -> ToolResult { try await tool(["events"] + words) }
}
