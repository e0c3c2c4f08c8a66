/// How often a quantity fell below each of some bounds, and its sum, for each combination of label values.
package final class Histogram: Metric {
    /// Bounds in seconds that suit requests: 1 ms to 5 s, within which a request is answered.
    package static let requestSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

    struct Sample {
        /// How many fell into each bucket alone; the last one has no upper bound.
        var counts: [Int]
        var sum = 0.0
    }

    let description: MetricDescription
    let buckets: [Double]
    private let table: SampleTable<Sample>

    /// - Parameter buckets: The upper bounds, each included in its bucket, in rising order.
    init(_ description: MetricDescription, buckets: [Double]) {
        precondition(
            zip(buckets, buckets.dropFirst()).allSatisfy(<) && buckets.allSatisfy(\.isFinite),
            "buckets rise, and are finite: +Inf is added")
        self.description = description
        self.buckets = buckets
        let counts = [Int](repeating: 0, count: buckets.count + 1)
        table = SampleTable(labels: description.labels, initial: Sample(counts: counts))
    }

    /// Notes one value of 0 or more, under one value for each label. NaN is left out.
    package func observe(_ value: Double, _ labelValues: String...) {
        Series(buckets: buckets, cell: table.cell(labelValues)).observe(value)
    }

    /// One value for each label. It is told from now on, at 0 until something comes: an alert sees the first one. Who notes often holds it.
    package func series(_ labelValues: String...) -> Series {
        Series(buckets: buckets, cell: table.cell(labelValues))
    }

    package struct Series: Sendable {
        let buckets: [Double]
        let cell: SampleCell<Sample>

        /// Notes one value of 0 or more. NaN is left out.
        package func observe(_ value: Double) {
            guard !value.isNaN else { return }
            let bucket = buckets.firstIndex { value <= $0 } ?? buckets.count
            cell.update {
                $0.counts[bucket] &+= 1
                $0.sum += value
            }
        }
    }

    func render(into text: inout MetricsText) {
        for (values, sample) in table.sorted {
            var total = 0
            for (bound, count) in zip(buckets + [.infinity], sample.counts) {
                total &+= count
                text.put(description, "_bucket", values, le: bound, String(total))
            }
            text.put(description, "_count", values, String(total))
            text.put(description, "_sum", values, MetricsText.number(sample.sum))
        }
    }
}
