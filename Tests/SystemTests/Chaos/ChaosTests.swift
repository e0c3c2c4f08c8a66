import Foundation
import SQLite
import Synchronization
import TestBroker
import Testing

/// The shop under load while its processes and its broker are killed, stalled and started again at random; then nothing
/// is lost and nothing is there twice.
///
/// `CHAOS_SECONDS` is how long it lasts; `CHAOS_SEED` repeats a plan. `make chaos` runs it.
@Suite(.serialized, .enabled(if: Chaos.seconds != nil, "takes minutes: set CHAOS_SECONDS, or run `make chaos`"))
struct ChaosTests {
    @Test(arguments: Shop.Log.available) func nothingIsLostAndNothingIsThereTwice(_ log: Shop.Log) async throws {
        let seconds = try #require(Chaos.seconds)
        let seed = Chaos.seed ?? UInt64.random(in: 1...999_999)
        print("chaos: CHAOS_SEED=\(seed) on \(log), \(seconds) s")
        try await withShop(log, isProxied: false) { shop, broker in
            var stream: [[UInt8]] = []
            if let folder = OnlineRetail.folder {
                try await OnlineRetail.addProducts(to: shop, from: folder)
                stream = try Self.orders(folder)
            }
            let customers = ChaosCustomers(shop, stream: stream)
            let watch = HeldStockWatch(shop.database("inventory"))
            let chaos = Chaos(shop, broker, seed: seed)
            async let shopping: Void = customers.run(seed: seed)
            async let watching: Void = watch.run()
            try await chaos.run(for: .seconds(seconds), watch)
            customers.stop()
            try await shopping
            try await Self.awaitRest(shop)
            watch.stop()
            await watching

            let tally = customers.result
            let stored = try await Self.storedOrders(shop)
            let lost = tally.accepted.subtracting(stored).count
            let twice = stored.subtracting(tally.accepted).count + tally.doubled.count
            let (code, output) = try await shop.runAudit()
            print(
                """
                chaos: seed \(seed), \(log), \(seconds) s: \(tally.accepted.count) accepted, \(tally.refused) refused, \
                \(tally.retries) retries, \(chaos.kills) kills, \(chaos.stalls) stalls, \(lost) lost, \(twice) twice, \
                audit \(code), restart to 201 \(Self.text(chaos.slowestRecovery(tally.confirmedAt))), \
                stock held after a kill \(Self.text(watch.longest))
                """)
            #expect(lost == 0)
            #expect(twice == 0)
            #expect(code == 0, "\(output)")
            #expect(tally.accepted.count > 0)
            try shop.expectNobodyToldTwice()
        }
    }

    private static func text(_ duration: Duration?) -> String {
        duration.map { $0.formatted(.units(allowed: [.seconds], fractionalPart: .show(length: 1))) } ?? "-"
    }

    private static func orders(_ folder: URL) throws -> [[UInt8]] {
        try OnlineRetail.lines(folder.appending(path: "stream.ndjson.gz")).compactMap { line in
            let entry = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
            return try entry?["order"].map { Array(try JSONSerialization.data(withJSONObject: $0)) }
        }
    }

    /// All events are on the log and handled, no stock is held, everybody is told.
    static func awaitRest(_ shop: Shop) async throws {
        var last = ""
        do {
            try await eventually("rest", within: .seconds(180)) {
                let (code, output) = try await shop.runAudit(["--json"])
                last = output
                if code == 1 { throw Failed("the audit disagrees") }
                guard output.contains(#""wrong":0,"in_flight":0,"#) else { return false }
                return try await shop.count(
                    "notification", "SELECT count(*) FROM notifications WHERE status = 'queued'") == 0
            }
        } catch {
            throw Failed("\(error): \(last)")
        }
    }

    static func storedOrders(_ shop: Shop) async throws -> Set<String> {
        let database = try await SQLiteDatabase(path: shop.database("order"), role: .readOnly, readers: 1)
        let orders = try await database.read { connection in
            try connection.rows("SELECT hex(order_id) FROM orders WHERE status <> 'rejected'") { row in
                let hex = Array(row.text(0).lowercased())
                return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(hex[$0]) }.joined(separator: "-")
            }
        }
        await database.close()
        return Set(orders)
    }
}
