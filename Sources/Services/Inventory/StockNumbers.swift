import Pacing
import Shop
import Telemetry

/// Has metrics tell of the stock as a whole.
struct StockNumbers: Sendable {
    private let stock: any StockStanding

    init(_ stock: any StockStanding) { self.stock = stock }

    func tell(_ metrics: Metrics, by survey: Survey) {
        let held = survey.follow(from: HeldStock()) { [stock] in try await stock.held() }
        metrics.gauge("orderlog_reservations_held", "Orders that hold stock and are not decided.") {
            Double(held.now.count)
        }
        metrics.gauge("orderlog_reservations_oldest_age", "How long the first of them has held it.", unit: "seconds") {
            held.age(\.since)
        }
        let levels = survey.follow(from: [:]) { [stock] in try await stock.levels() }
        metrics.gauge("orderlog_products", "Products by the level of their stock.", labels: ["level"]) {
            let levels = levels.now
            return StockStatus.allCases.map { ([$0.rawValue], Double(levels[$0] ?? 0)) }
        }
    }
}
