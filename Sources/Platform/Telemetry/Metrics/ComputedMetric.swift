/// A counter or gauge that is asked for its samples when somebody looks.
final class ComputedMetric: Metric {
    let description: MetricDescription
    private let samples: @Sendable () -> [(labels: [String], value: Double)]

    init(_ description: MetricDescription, _ samples: @escaping @Sendable () -> [(labels: [String], value: Double)]) {
        self.description = description
        self.samples = samples
    }

    func render(into text: inout MetricsText) {
        let suffix = description.kind == .counter ? "_total" : ""
        for (values, value) in samples() {
            precondition(values.count == description.labels.count, "\(description.name) wants a value for each label")
            text.put(description, suffix, values, MetricsText.number(value))
        }
    }
}
