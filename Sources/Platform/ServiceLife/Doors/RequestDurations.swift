import HTTPAPI
import HTTPServer
import Synchronization
import Telemetry

/// How long a door's requests take. The series of each route are kept by its number, so that a request costs no hashing of labels.
final class RequestDurations: Sendable {
    /// A few for each route: of its methods and statuses.
    private struct Known {
        let method: String
        let status: Int
        let series: Histogram.Series
    }

    private let histogram: Histogram
    /// By the route's number; the first ones are of requests without a route.
    private let known = Mutex<[[Known]]>([])

    init(_ metrics: Metrics) {
        histogram = metrics.histogram(
            "http_server_request_duration", "Time from a request's arrival to its answer.", unit: "seconds",
            buckets: Histogram.requestSeconds,
            labels: ["http_request_method", "http_route", "http_response_status_code"])
    }

    /// The route of what has none.
    private static let noRoute = ""

    /// What is told at 0 before the first request: the answers of those operations that ask the database, and the failures of those
    /// that are sent again with a key.
    func declare(_ operations: [HTTPAPI.Operation]) {
        for operation in operations where !operation.isAlwaysTaken && operation.needsDatabase {
            let failures = operation.headers.isEmpty ? [] : [500, 503, 504]
            for status in operation.answers.map(\.status) + failures {
                _ = histogram.series(operation.method.rawValue, operation.pattern, String(status))
            }
        }
    }

    func note(_ exchange: HTTPExchange) {
        series(of: exchange).observe(Double(exchange.nanoseconds) * 1e-9)
    }

    private func series(of exchange: HTTPExchange) -> Histogram.Series {
        let index = exchange.routeNumber.map { $0 + 1 } ?? 0
        return known.withLock { known in
            while known.count <= index { known.append([]) }
            for one in known[index] where one.status == exchange.status && one.method == exchange.method {
                return one.series
            }
            let series = histogram.series(exchange.method, exchange.route ?? Self.noRoute, String(exchange.status))
            known[index].append(Known(method: exchange.method, status: exchange.status, series: series))
            return series
        }
    }
}
