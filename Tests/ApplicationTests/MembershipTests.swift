import EventLog
import Foundation
import Identity
import Testing
import Timestamps

@testable import Application

/// Databases and log of one shop start together; what belongs to another is refused, with a line that says what to do.
@Suite struct MembershipTests {
    private func refusal(_ folder: String, log: String? = nil) async throws -> String {
        do {
            try await withSystem(folder, log: log)
        } catch let error as WrongLog {
            return error.description
        }
        throw Failure("it was not refused")
    }

    /// Two shops, each with an order.
    private func withTwoShops(_ body: (String, String) async throws -> Void) async throws {
        try await withFolder { one in
            try await withFolder { two in
                for folder in [one, two] { try await withSystem(folder) { try await placeOrder($0) } }
                try await body(one, two)
            }
        }
    }

    @Test func aShopStartsAgain() async throws {
        try await withFolder { folder in
            for _ in 0..<2 { try await withSystem(folder) { try await placeOrder($0) } }
        }
    }

    @Test(arguments: ["order", "inventory", "notification"]) func anotherShopsDatabaseIsRefused(_ name: String)
        async throws
    {
        try await withTwoShops { one, two in
            try copy("\(name).db", from: one, to: two)
            let line = try await refusal(two)
            #expect(line.contains("\(name).db belongs to another log"), "\(line)")
            #expect(line.contains("orderlog adopt"))
        }
    }

    @Test func anotherLogIsRefusedAndTakenAfterAdopt() async throws {
        try await withTwoShops { one, two in
            #expect(try await refusal(one, log: two).contains("inventory.db belongs to another log"))
            let databases = ["order", "inventory", "notification"].flatMap {
                ["--\($0)-database", "sqlite:\(one)/\($0).db"]
            }
            #expect(await Orderlog.run(["adopt", "--data", two, "--yes"] + databases, shutdown: testShutdown) == 0)
            try await withSystem(one, log: two)
            // Its events come from one database of orders.
            #expect(try await refusal(two).contains("has another order database than \(two)/order.db"))
        }
    }

    /// Two shops that are told one Kafka before either has orders.
    @Test func aSecondFreshOrderDatabaseIsRefusedUntilItIsAdopted() async throws {
        try await withFolder { one in
            try await withFolder { two in
                try await withSystem(one)
                for name in ["inventory", "notification"] { try copy("\(name).db", from: one, to: two) }
                let line = try await refusal(two, log: one)
                #expect(line.contains("another order database than \(two)/order.db"), "\(line)")
                let databases = ["order", "inventory", "notification"].flatMap {
                    ["--\($0)-database", "sqlite:\(two)/\($0).db"]
                }
                #expect(await Orderlog.run(["adopt", "--data", one, "--yes"] + databases, shutdown: testShutdown) == 0)
                try await withSystem(two, log: one)
                #expect(try await refusal(one).contains("another order database than \(one)/order.db"))
            }
        }
    }

    /// A log that is lost is not made anew without a word, whatever is said, and however often.
    @Test func aLostLogIsRefusedAndMadeByAdoptAlone() async throws {
        try await withFolder { folder in
            try await withSystem(folder) { try await placeOrder($0) }
            try remove("log.db", in: folder)
            for _ in 0..<2 {
                let line = try await refusal(folder)
                #expect(line.contains("\(folder)/log.db is not there") && line.contains("orderlog adopt"), "\(line)")
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/log.db"))
            }
            #expect(await Orderlog.run(["adopt", "--data", folder, "--yes"], shutdown: testShutdown) == 0)
            try await withSystem(folder) { try await placeOrder($0) }
        }
    }

    /// What was moved is the past: nothing starts on it, reads it or ties databases to it.
    @Test func aMovedLogIsRefusedWithItsNewPlace() async throws {
        try await withFolder { folder in
            try await withSystem(folder) { try await placeOrder($0) }
            let log = try await EmbeddedEventLog(path: "\(folder)/log.db")
            try await log.noteMoved(to: "kafka.example:9092", at: .now())
            await log.close()
            let expected = "say --kafka kafka.example:9092"
            let error = await #expect(throws: EventLogError.self) { try await withSystem(folder) }
            #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
            for tool in [["adopt", "--yes"], ["events", "tail"], ["topics", "list"], ["groups", "list"]] {
                #expect(await Orderlog.run(tool + ["--data", folder], shutdown: testShutdown) == 1, "\(tool)")
            }
            #expect(await Orderlog.run(["audit", "--data", folder, "--wait", "0"], shutdown: testShutdown) == 2)
        }
    }

    /// It would add its first products a second time, or know nothing of the orders that were promised.
    @Test(arguments: ["order", "inventory"]) func aFreshDatabaseOnALogWithItsEventsIsRefused(_ name: String)
        async throws
    {
        try await withFolder { folder in
            try await withSystem(folder) { try await placeOrder($0) }
            try remove("\(name).db", in: folder)
            #expect(try await refusal(folder).contains("\(name).db knows nothing of"))
        }
    }

    /// Whoever only reads may come later, where nobody has read in his place.
    @Test func whoOnlyReadsMayComeLater() async throws {
        try await withFolder { folder in
            try await withSystem(folder) { try await placeOrder($0) }
            try remove("notification.db", in: folder)
            try await change(
                "\(folder)/log.db", "DELETE FROM group_offsets WHERE group_name = 'notification-service'")
            try await withSystem(folder)
        }
    }

    /// What a group has read elsewhere is no event of the shop's.
    @Test func whatAGroupHasReadOfAnotherTopicDoesNotCount() async throws {
        try await withFolder { folder in
            try await withSystem(folder) { try await placeOrder($0) }
            try remove("notification.db", in: folder)
            try await change(
                "\(folder)/log.db",
                """
                DELETE FROM group_offsets WHERE group_name = 'notification-service';
                INSERT INTO group_offsets (group_name, topic_id, partition, offset)
                    SELECT 'notification-service', topic_id, 0, 5 FROM topics WHERE name = 'inventory'
                """)
            try await withSystem(folder)
        }
    }

    /// It took requests while its log was away, and met an empty one later, or one with orders.
    @Test(arguments: [false, true]) func whatWasAskedForIsNoHistoryOnALog(_ hasOrders: Bool) async throws {
        try await withFolder { one in
            try await withFolder { two in
                try await withSystem(one) { try await notify($0) }
                try await forget(one)
                try await withSystem(two) { if hasOrders { try await placeOrder($0) } }
                try copy("notification.db", from: one, to: two)
                try await change(
                    "\(two)/log.db", "DELETE FROM group_offsets WHERE group_name = 'notification-service'")
                try await withSystem(two)
            }
        }
    }

    /// It may be another shop's that was told this one's Kafka: it would take half of the events, and lose them to it.
    @Test func aFreshDatabaseWhoseGroupHasReadIsRefusedUntilItIsAdopted() async throws {
        try await withFolder { folder in
            try await withSystem(folder) { system in
                try await placeOrder(system)
                let end = ContinuousClock.now + .seconds(20)
                while try await system.log.committedOffsets(group: "notification-service").isEmpty {
                    guard ContinuousClock.now < end else { throw Failure("the group commits nothing") }
                    try await Task.sleep(for: .milliseconds(10))
                }
            }
            try remove("notification.db", in: folder)
            let line = try await refusal(folder)
            #expect(line.contains("the group notification-service has read"), "\(line)")
            #expect(line.contains("orderlog adopt") && line.contains("a Kafka of its own"), "\(line)")
            #expect(await Orderlog.run(["adopt", "--data", folder, "--yes"], shutdown: testShutdown) == 0)
            try await withSystem(folder) { try await placeOrder($0) }
        }
    }

    /// What a version left that noted nothing: the databases become those of the log that knows them, without a word.
    @Test func databasesOfBeforeAreAdopted() async throws {
        try await withTwoShops { one, two in
            for folder in [one, two] { try await forget(folder) }
            try await withSystem(one)
            #expect(try await refusal(one, log: two).contains("belongs to another log"))
            // Of these the log knows nothing, though its topics have records.
            try await forget(one)
            try await forget(two)
            let line = try await refusal(one, log: two)
            #expect(line.contains("order.db knows nothing of"), "\(line)")
        }
    }

    @Test func databasesOfBeforeAreNotTakenToAnEmptyLog() async throws {
        try await withFolder { one in
            try await withSystem(one) { try await placeOrder($0) }
            try await forget(one)
            try await withFolder { empty in
                #expect(try await refusal(one, log: empty).contains("log.db is not there"))
                try await EmbeddedEventLog(path: "\(empty)/log.db").close()
                let line = try await refusal(one, log: empty)
                #expect(line.contains("holds none of them"), "\(line)")
                #expect(line.contains("orderlog move"))
            }
        }
    }

    private func remove(_ name: String, in folder: String) throws {
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)\(suffix)")
        }
    }

    private func forget(_ folder: String) async throws {
        for name in ["order", "inventory", "notification"] {
            try await change("\(folder)/\(name).db", "UPDATE identity SET shop = NULL, log = NULL")
        }
        try await change(
            "\(folder)/log.db",
            """
            DELETE FROM records WHERE topic_id = (SELECT topic_id FROM topics WHERE name = 'shop');
            UPDATE partitions SET next = 0 WHERE topic_id = (SELECT topic_id FROM topics WHERE name = 'shop')
            """)
    }

    /// Not a byte of it is changed.
    @Test(arguments: ["order", "inventory", "log"]) func anotherServicesDatabaseIsRefused(_ name: String) async throws {
        try await withFolder { folder in
            try await withSystem(folder)
            let path = "\(folder)/\(name).db"
            let before = try Data(contentsOf: URL(filePath: path))
            let code = await Orderlog.run(
                ["serve", "notification", "--database", "sqlite:\(path)", "--port", "0", "--kafka", "127.0.0.1:1"],
                shutdown: testShutdown)
            #expect(code == 1)
            #expect(try Data(contentsOf: URL(filePath: path)) == before)
        }
    }

    @Test func auditDoesNotCompareWhatDoesNotBelongTogether() async throws {
        try await withTwoShops { one, two in
            try copy("order.db", from: one, to: two)
            #expect(await Orderlog.run(["audit", "--data", two, "--wait", "0"], shutdown: testShutdown) == 2)
            #expect(await Orderlog.run(["audit", "--data", one, "--wait", "5"], shutdown: testShutdown) == 0)
        }
    }
}
