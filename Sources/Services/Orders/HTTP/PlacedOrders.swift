import HTTPAPI
import InventoryAPI
import Telemetry

/// What became of requests to place an order, for metrics: each counts once, wherever it ended.
struct PlacedOrders: Sendable {
    /// In the order of a runbook: what is well, what the customer has to change, what or who may not, what is our trouble.
    private static let outcomes = [
        "confirmed", "replayed", "not_enough_stock", "other_total", "invalid", "refused", "interrupted",
        "inventory_unavailable", "too_many_waiting", "database_unavailable", "outcome_unknown", "failed",
    ]
    private static let problems = [
        ProblemType.notEnoughStock.kind: "not_enough_stock", ProblemType.otherTotal.kind: "other_total",
        ProblemType.productArchived.kind: "refused",
        ProblemType.orderInterrupted.kind: "interrupted",
        ProblemType.inventoryUnavailable.kind: "inventory_unavailable",
        ProblemType.inventoryNotBelieved.kind: "inventory_unavailable",
        ProblemType.tooManyWaiting.kind: "too_many_waiting",
        ProblemType.databaseUnavailable.kind: "database_unavailable",
        ProblemType.outcomeUnknown.kind: "outcome_unknown",
    ]

    private let series: [String: Counter.Series]

    init(_ metrics: Metrics) {
        let placed = metrics.counter("orderlog_orders_placed", "Orders placed, by outcome.", labels: ["outcome"])
        series = Dictionary(uniqueKeysWithValues: Self.outcomes.map { ($0, placed.series($0)) })
    }

    func notePlaced(isReplayed: Bool) { series[isReplayed ? "replayed" : "confirmed"]?.add() }

    func note(refused status: Int, _ problem: ProblemType?) {
        series[Self.outcome(status, problem)]?.add()
    }

    static func outcome(_ status: Int, _ problem: ProblemType?) -> String {
        if let problem, let outcome = problems[problem.kind] { return outcome }
        return switch status {
        // No key, none for this, too many from one client, a page or a name that may not.
        case 401, 403, 421, 429: "refused"
        case ..<500: "invalid"
        default: "failed"
        }
    }
}
