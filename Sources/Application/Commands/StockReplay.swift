import Databases
import EventLog
import Events
import Inventory
import JSON
import LogTools
import Progress
import Replay
import SQLite
import Shop
import Telemetry
import VisibleText

/// One rebuilding of the stock.
struct StockReplay {
    let setting: ReplayCommand.Setting
    let patience: Duration
    let isJSON: Bool

    private var rebuilt: SQLiteInventoryStore { SQLiteInventoryStore(setting.scratch) }

    func run() async throws -> Int32 {
        guard let location = setting.live else { return try await run(comparingWith: nil) }
        let live = try await InventoryDatabase.open(location, for: .tool)
        do {
            let code = try await run(comparingWith: live.store)
            await live.connection.close()
            return code
        } catch {
            await live.connection.close()
            throw error
        }
    }

    private func run(comparingWith live: (any InventoryReader)?) async throws -> Int32 {
        let source = setting.source
        let progress = setting.progress
        if let log = source.logReader?.log, try await LogBegin.read(log).isLater {
            throw Failure(
                "the log has dropped the first events of orders, as was declared, and without them the stock can't be built: use a backup of the database"
            )
        }
        let rebuild = try await StockRebuild(setting.scratch)
        let replay = Replay(
            group: Topics.inventoryGroup, handler: StockRebuildHandler(rebuild), batch: setting.batch,
            logger: .silent)
        var report = ReplayReport()
        let end = ContinuousClock.now + patience
        progress.begin("replaying", total: source.records.remaining ?? 0)
        var impossible: [String] = []
        var differences: [StockDifference] = []
        while true {
            try await replay.run(source.records, into: &report) { _, _ in }
            if Task.isCancelled {
                progress.end()
                let place = report.last.map { ", up to \($0.text)" } ?? ""
                throw Stopped("\(report.text)\(place); with --into the same command goes on")
            }
            guard live == nil || report.read > 0 else { throw ReplayCommand.nothingSelected }
            impossible = try await rebuild.finish()
            differences = try await compare(with: live)
            // What is under way just now agrees in a moment: the log is read on.
            guard !differences.isEmpty, let reader = source.logReader, ContinuousClock.now < end else { break }
            try await Task.sleep(for: .seconds(1))
            try await reader.extend()
        }
        progress.end()
        for difference in differences {
            if isJSON { printJSON(difference.json()) } else { print(difference.text) }
        }
        try await printReport(report, impossible, differences.count, live)
        return differences.isEmpty && impossible.isEmpty ? 0 : 1
    }

    private func compare(with live: (any InventoryReader)?) async throws -> [StockDifference] {
        guard let live else { return [] }
        return StockDifference.between(
            live: try await live.allProducts(), rebuilt: try await rebuilt.allProducts())
    }

    private func printReport(
        _ report: ReplayReport, _ impossible: [String], _ differences: Int, _ live: (any InventoryReader)?
    ) async throws {
        let products = try await rebuilt.allProducts()
        if isJSON {
            for product in products { printJSON(ProductAnswer(product).json()) }
            var json = JSONWriter()
            json.object { json in
                report.write(to: &json)
                json.field("products", products.count)
                json.key("impossible")
                json.array { json in for text in impossible { json.string(text) } }
                if live != nil { json.field("differences", differences) }
            }
            printJSON(json.finish())
            return
        }
        for text in impossible { print("by the log this can't be: \(text.printable())") }
        print(report.text)
        let statuses = StockStatus.allCases.map { status in
            "\(products.count { $0.status == status }) \(status.rawValue)"
        }
        print("\(products.count) products: \(statuses.joined(separator: ", "))")
        guard let live else { return }
        print(differences == 0 ? "all as it is live" : "\(differences) products differ from what is live")
        let held = try await live.heldReservations()
        if differences > 0, held > 0 {
            print("\(held) reservations are held for orders that may not be stored yet: they may be the difference")
        }
    }
}
