import Foundation
import Identity
import Testing

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
            // The other shop's own databases are no longer alone with it, and still its.
            try await withSystem(two)
        }
    }

    @Test func anEmptyLogInPlaceOfTheOwnIsRefused() async throws {
        try await withFolder { folder in
            try await withSystem(folder) { try await placeOrder($0) }
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: "\(folder)/log.db\(suffix)")
            }
            #expect(try await refusal(folder).contains("belongs to another log"))
        }
    }

    /// It would add its first products a second time, or know nothing of the orders that were promised.
    @Test(arguments: ["order", "inventory"]) func aFreshDatabaseOnALogWithItsEventsIsRefused(_ name: String)
        async throws
    {
        try await withFolder { folder in
            try await withSystem(folder) { try await placeOrder($0) }
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: "\(folder)/\(name).db\(suffix)")
            }
            #expect(try await refusal(folder).contains("\(name).db knows nothing of"))
        }
    }

    @Test func whoOnlyReadsMayComeLater() async throws {
        try await withFolder { folder in
            try await withSystem(folder) { try await placeOrder($0) }
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: "\(folder)/notification.db\(suffix)")
            }
            try await withSystem(folder)
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
                let line = try await refusal(one, log: empty)
                #expect(line.contains("holds none of them"), "\(line)")
                #expect(line.contains("orderlog move"))
            }
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
