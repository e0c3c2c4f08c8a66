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
        Series(cell: table.cell(labelValues)).add(count)
    }

    /// One value for each label. It is told from now on, at 0 until something comes: an alert sees the first one. Who counts often holds it.
    package func series(_ labelValues: String...) -> Series { Series(cell: table.cell(labelValues)) }

    package struct Series: Sendable {
        let cell: SampleCell<Int>

        /// Adds 0 or more.
        package func add(_ count: Int = 1) {
            precondition(count >= 0, "a counter does not go down")
            cell.update { $0 &+= count }
        }
    }

    func render(into text: inout MetricsText) {
        for (values, sample) in table.sorted {
            text.put(description, "_total", values, String(sample))
        }
    }
}
