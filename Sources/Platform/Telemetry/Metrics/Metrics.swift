import Synchronization

/// The metrics of a service, told as text. Asking for a metric that is there already answers the same
/// one, if its kind and labels agree; anything else is a programmer's error. A unit is put behind the name if it is not
/// there yet.
package final class Metrics: Sendable {
    private let metrics = Mutex<[any Metric]>([])
    private let service: String?

    /// `service`: what every sample says under that label; nil: nothing. Alerts speak of services, whatever watches calls its targets.
    package init(service: String? = nil) { self.service = service }

    /// A number that only grows. Its samples are called `NAME_total`.
    package func counter(_ name: String, _ help: String, unit: String? = nil, labels: [String] = []) -> Counter {
        let description = MetricDescription(.counter, name, help, unit: unit, labels: labels)
        return shared(Counter(description))
    }

    /// A number that only grows and is kept elsewhere. See `gauge` with a closure.
    package func counter(
        _ name: String, _ help: String, unit: String? = nil, _ value: @escaping @Sendable () -> Double?
    ) {
        let description = MetricDescription(.counter, name, help, unit: unit, labels: [])
        replace(ComputedMetric(description) { value().map { [([], $0)] } ?? [] })
    }

    /// A number that goes up and down.
    package func gauge(_ name: String, _ help: String, unit: String? = nil, labels: [String] = []) -> Gauge {
        let description = MetricDescription(.gauge, name, help, unit: unit, labels: labels)
        return shared(Gauge(description))
    }

    /// A number that is asked for at each scrape, on the scraper's thread: `value` must be quick. nil: no sample this
    /// time. A second closure for the same name replaces the first.
    package func gauge(_ name: String, _ help: String, unit: String? = nil, _ value: @escaping @Sendable () -> Double?)
    {
        let description = MetricDescription(.gauge, name, help, unit: unit, labels: [])
        replace(ComputedMetric(description) { value().map { [([], $0)] } ?? [] })
    }

    /// The same with labels: a sample for each combination of label values that `samples` answers, none of them twice. A second closure for
    /// the same name brings others: each of a service's groups tells its own.
    package func gauge(
        _ name: String, _ help: String, unit: String? = nil, labels: [String],
        _ samples: @escaping @Sendable () -> [(labels: [String], value: Double)]
    ) {
        let description = MetricDescription(.gauge, name, help, unit: unit, labels: labels)
        shared(ComputedMetric(description) { [] }).add(samples)
    }

    /// A distribution. `buckets` are the upper bounds, in rising order, without infinity.
    package func histogram(
        _ name: String, _ help: String, unit: String? = nil, buckets: [Double] = Histogram.requestSeconds,
        labels: [String] = []
    ) -> Histogram {
        let description = MetricDescription(.histogram, name, help, unit: unit, labels: labels)
        return shared(Histogram(description, buckets: buckets))
    }

    /// All metrics, in the order in which they were asked for first.
    package func render(_ format: MetricsFormat = .openMetrics) -> String {
        var text = MetricsText(format, service: service)
        for metric in metrics.withLock({ $0 }) {
            text.put(metric.description)
            metric.render(into: &text)
        }
        text.end()
        return text.text
    }

    private func shared<Kind: Metric>(_ new: Kind) -> Kind {
        metrics.withLock { metrics in
            guard let known = metrics.first(where: { $0.description.name == new.description.name }) else {
                metrics.append(new)
                return new
            }
            guard let same = known as? Kind, same.description.labels == new.description.labels else {
                preconditionFailure("two metrics of the name \(new.description.name)")
            }
            return same
        }
    }

    private func replace(_ new: ComputedMetric) {
        metrics.withLock { metrics in
            guard let index = metrics.firstIndex(where: { $0.description.name == new.description.name }) else {
                return metrics.append(new)
            }
            precondition(metrics[index] is ComputedMetric, "two metrics of the name \(new.description.name)")
            metrics[index] = new
        }
    }
}
