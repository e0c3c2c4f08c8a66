import Foundation
import SQLite
import TestProcess
import Testing

/// A disk that is full, and files that are not what they should be.
@Suite(.serialized) struct DiskFullTests {
    @Test(.enabled(if: geteuid() == 0, "mounting a small disk needs root"))
    func aFullDiskRefusesOrdersAndLosesNone() async throws {
        try await withSlots(1) { try await fillTheDisk() }
    }

    private func fillTheDisk() async throws {
        try await SmallDisk.with("8m") { disk in
            let shop = try await Shop(.embedded, folder: disk.folder.appending(path: "data"))
            var accepted: [String] = []
            let before = try await shop.placeOnce([("PROD-005", 1)])
            accepted.append(try #require(before.string("order_id")))
            disk.fill()
            // The write-ahead log may have some room left.
            var refused: Reply?
            try await eventually("a refusal", within: .seconds(60)) {
                let reply = try await shop.placeOnce([("PROD-005", 1)])
                if let id = reply.string("order_id"), reply.status == 201 { accepted.append(id) }
                guard [201, 503].contains(reply.status) else { throw Failed("\(reply.status): \(reply.text)") }
                disk.fill()
                if reply.status == 503 { refused = reply }
                return reply.status == 503
            }
            #expect(refused?.header("content-type") == "application/problem+json")
            #expect(refused?.string("type")?.contains("unavailable") == true, "\(refused?.text ?? "")")
            for _ in 0..<20 { #expect(try await shop.placeOnce([("PROD-005", 1)]).status == 503) }
            #expect(try await shop.caller.call("GET", shop.order + "/orders/\(accepted[0])").status == 200)

            try disk.makeRoom()
            try await eventually("an order", within: .seconds(60)) {
                let reply = try await shop.placeOnce([("PROD-005", 1)])
                if let id = reply.string("order_id"), reply.status == 201 { accepted.append(id) }
                return reply.status == 201
            }
            try await shop.expectConsistent(orders: accepted, product: "PROD-005", start: 1_000)
            for name in ["order", "inventory", "notification", "log"] {
                #expect(try await shop.text(name, "PRAGMA integrity_check") == "ok")
            }
            shop.remove()
        }
    }

    /// Random bytes, the half of a database, another program's database: refused in one line, and left as they are.
    @Test(arguments: ["random", "half", "newer"]) func aFileThatIsNotOursIsRefused(_ kind: String) async throws {
        try await withShop(.embedded) { shop in
            _ = try await shop.placeOnce([("PROD-001", 1)])
            _ = try await shop.stop()
            let file = URL(filePath: shop.database("order"))
            switch kind {
            case "random": try Data((0..<20_000).map { _ in UInt8.random(in: 0...255) }).write(to: file)
            case "half":
                let whole = try Data(contentsOf: file)
                try whole.prefix(whole.count / 2 + 100).write(to: file)
            default: try await change(file.path, "PRAGMA user_version = 1000")
            }
            let before = try Data(contentsOf: file)
            let errors = shop.folder.appending(path: "refused.log")
            let process = try OrderlogProcess(
                [
                    "up", "--data", shop.folder.path, "--order-port", "0", "--inventory-port", "0",
                    "--notification-port", "0",
                ],
                errors: errors)
            #expect(try await process.ended(within: .seconds(20)) == 1)
            let lines = process.errorText.split(separator: "\n").filter { $0.hasPrefix("orderlog up:") }
            #expect(lines.count == 1 && lines[0].contains("order.db"), "\(process.errorText)")
            #expect(try Data(contentsOf: file) == before)
        }
    }

    /// Erasing a customer writes files anew: where the disk has no room for that, it gets back what was tried.
    @Test(.enabled(if: geteuid() == 0, "mounting a small disk needs root"))
    func aFileThatCouldNotBeWrittenAnewLeavesTheRoomAsItWas() async throws {
        try await SmallDisk.with("8m") { disk in
            let path = disk.folder.path + "/small.db"
            let database = try await SQLiteDatabase(path: path, role: .shared)
            try await database.write { connection in
                try connection.execute("CREATE TABLE fillings (filling BLOB NOT NULL) STRICT")
                for _ in 0..<3_000 { try connection.execute("INSERT INTO fillings VALUES (randomblob(1024))") }
            }
            await database.close()
            let again = try await SQLiteDatabase(path: path, role: .shared)
            let before = try disk.used()
            let room = disk.folder.appending(path: "others")
            try Data(count: 3 << 20).write(to: room)
            await #expect(throws: SQLiteError.self) { try await again.sweep(within: .zero) }
            try FileManager.default.removeItem(at: room)
            #expect(try disk.used() <= before, "the WAL is empty again")
            try await again.sweep(within: .seconds(5))
            await again.close()
        }
    }
}
