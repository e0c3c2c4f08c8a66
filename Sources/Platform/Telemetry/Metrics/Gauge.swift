/// A number that goes up and down, for each combination of label values.
package final class Gauge: Metric {
    let description: MetricDescription
    private let table: SampleTable<Double>

    init(_ description: MetricDescription) {
        self.description = description
        table = SampleTable(labels: description.labels, initial: 0)
    }

    /// One value for each label.
    package func set(_ value: Double, _ labelValues: String...) {
        table.cell(labelValues).update { $0 = value }
    }

    /// Adds, or takes away what is negative.
    package func add(_ value: Double, _ labelValues: String...) {
        table.cell(labelValues).update { $0 += value }
    }

    func render(into text: inout MetricsText) {
        for (values, sample) in table.sorted {
            text.put(description, "", values, MetricsText.number(sample))
        }
    }
}
