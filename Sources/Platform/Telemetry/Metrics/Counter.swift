/// A number that only grows, for each combination of label values.
package final class Counter: Metric {
    let description: MetricDescription
    private let table: SampleTable<Int>

    init(_ description: MetricDescription) {
        self.description = description
        table = SampleTable(labels: description.labels, initial: 0)
    }

    /// Adds 0 or more, under one value for each label.
    package func add(_ count: Int = 1, _ labelValues: String...) {
        precondition(count >= 0, "a counter does not go down")
        table.update(labelValues) { $0 &+= count }
    }

    func render(into text: inout OpenMetricsText) {
        for (values, sample) in table.sorted {
            text.put(description, "_total", values, String(sample))
        }
    }
}
