/// The two texts that metrics are told in.
package enum MetricsFormat: Sendable, CaseIterable {
    /// OpenMetrics 1.0 (https://github.com/prometheus/OpenMetrics), for who asks for it.
    case openMetrics
    /// Prometheus's text format 0.0.4, for everybody else: nearly all that read metrics know it.
    case prometheus

    package var contentType: String {
        switch self {
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        }
    }

    /// By a request's `Accept`, as Prometheus's own libraries choose: OpenMetrics where it is named and not refused, whatever else is.
    package init(accept: String?) {
        let names = (accept ?? "").lowercased().split(separator: ",")
        let asked = names.contains { name in
            let parts = name.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard parts.first == "application/openmetrics-text" else { return false }
            return !parts.contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
        }
        self = asked ? .openMetrics : .prometheus
    }
}
