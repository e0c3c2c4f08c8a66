import Synchronization

/// A counter or gauge that is asked for its samples when somebody looks.
final class ComputedMetric: Metric {
    typealias Samples = @Sendable () -> [(labels: [String], value: Double)]

    let description: MetricDescription
    private let samples: Mutex<[Samples]>

    init(_ description: MetricDescription, _ samples: @escaping Samples) {
        self.description = description
        self.samples = Mutex([samples])
    }

    func add(_ more: @escaping Samples) { samples.withLock { $0.append(more) } }

    func render(into text: inout MetricsText) {
        let suffix = description.kind == .counter ? "_total" : ""
        for (values, value) in samples.withLock({ $0 }).flatMap({ $0() }) {
            precondition(values.count == description.labels.count, "\(description.name) wants a value for each label")
            text.put(description, suffix, values, MetricsText.number(value))
        }
    }
}
