import Foundation
import Synchronization
import TestProcess
import Testing

/// A disk that fills while many order at once.
@Suite(.serialized) struct DiskFullLoadTests {
    /// What the customers were answered.
    private final class Counter: Sendable {
        struct Counts {
            var accepted: [String] = []
            var refused = 0
            /// Those that were refused for want of room on a disk.
            var withoutRoom = 0
            var isOver = false
        }
        let counts = Mutex(Counts())

        var accepted: Int { counts.withLock { $0.accepted.count } }
        var refused: Int { counts.withLock { $0.refused } }
        var withoutRoom: Int { counts.withLock { $0.withoutRoom } }
        var isOver: Bool { counts.withLock { $0.isOver } }

        func note(_ reply: Reply) throws {
            switch (reply.status, reply.string("order_id")) {
            case (201, let id?): counts.withLock { $0.accepted.append(id) }
            case (503, _):
                guard reply.header("content-type") == "application/problem+json" else { throw Failed(reply.text) }
                counts.withLock { counts in
                    counts.refused += 1
                    if reply.text.contains("no room") { counts.withoutRoom += 1 }
                }
            default: throw Failed("\(reply.status): \(reply.text)")
            }
        }
    }

    /// Where programs put what they need for a moment is full all the while, which is nobody's business.
    @Test(.enabled(if: geteuid() == 0, "mounting a small disk needs root"), arguments: [64, 256])
    func manyCustomersAreRefusedAndServedAgain(_ customers: Int) async throws {
        try await withSlots(2) {
            try await SmallDisk.with("96m") { disk in
                try await SmallDisk.with("64k") { aside in
                    aside.fill()
                    let shop = try await Shop(
                        .embedded, folder: disk.folder.appending(path: "data"),
                        environment: ["TMPDIR": aside.folder.path, "SQLITE_TMPDIR": aside.folder.path])
                    try await withShop(shop) { shop in
                        let reply = try await shop.caller.call(
                            "PUT", shop.inventory + "/inventory/PROD-005/replenish", #"{"quantity":1000000}"#)
                        #expect(reply.status == 200)
                        try await fill(disk, shop, customers)
                    }
                }
            }
        }
    }

    private func fill(_ disk: SmallDisk, _ shop: Shop, _ customers: Int) async throws {
        let (counter, caller, url) = (Counter(), Caller(connections: customers), shop.order + "/orders")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<customers {
                group.addTask {
                    // One that has no answer in time fails the test.
                    while !counter.isOver {
                        try counter.note(
                            try await caller.call(
                                "POST", url, Shop.orderBody([("PROD-005", 1)]), within: .seconds(60)))
                    }
                }
            }
            try await eventually("two orders each", within: .seconds(30)) { counter.accepted >= 2 * customers }
            #expect(counter.withoutRoom == 0)
            try await eventually("nothing but refusals", within: .seconds(30)) {
                disk.fill()
                let before = (counter.accepted, counter.refused)
                try await eventually("answers", within: .seconds(60)) {
                    counter.refused + counter.accepted >= before.0 + before.1 + customers
                }
                return counter.accepted == before.0
            }
            #expect(counter.withoutRoom > 0)
            #expect(try await shop.caller.call("GET", shop.order + "/health/live").status == 200)
            try disk.makeRoom()
            let before = counter.accepted
            try await eventually("orders again", within: .seconds(60)) { counter.accepted >= before + customers }
            counter.counts.withLock { $0.isOver = true }
            try await group.waitForAll()
        }
        let accepted = Set(counter.counts.withLock { $0.accepted })
        try await eventually("rest", within: .seconds(60)) {
            let (code, output) = try await shop.runAudit(["--json"])
            guard code == 0 else { throw Failed("orderlog audit ended with \(code):\n\(output)") }
            return output.contains(#""wrong":0,"in_flight":0,"#)
        }
        let reserved = try await shop.reserved("PROD-005") ?? 0
        // One whose answer was that nobody knows may have been taken all the same.
        #expect(accepted.count == counter.accepted && reserved >= accepted.count)
        for name in ["order", "inventory", "notification", "log"] {
            #expect(try await shop.text(name, "PRAGMA integrity_check") == "ok")
        }
    }
}
