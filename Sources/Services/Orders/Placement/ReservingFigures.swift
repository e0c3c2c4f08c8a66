import Telemetry

/// What metrics tell of calls that reserve stock.
struct ReservingFigures: Sendable {
    private let answered: Histogram.Series
    private let failed: Histogram.Series
    private let sizes: Histogram.Series

    init(_ metrics: Metrics) {
        let calls = metrics.histogram(
            "orderlog_inventory_call", "What a call takes that asks inventory for stock.", unit: "seconds",
            labels: ["outcome"])
        answered = calls.series("answered")
        failed = calls.series("failed")
        sizes = metrics.batchSizes("reserve")
    }

    func note(orders: Int, took duration: Duration, isAnswered: Bool) {
        (isAnswered ? answered : failed).observe(duration / .seconds(1))
        sizes.observe(Double(orders))
    }
}
