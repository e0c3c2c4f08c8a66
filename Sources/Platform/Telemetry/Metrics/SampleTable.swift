import Synchronization

/// The samples of one metric, by the values of its labels. Bounded: label values may come from outside, so what goes
/// past 1,000 combinations is counted under the label value `other`.
final class SampleTable<Sample: Sendable>: Sendable {
    static var maximumCount: Int { 1000 }

    private let labelCount: Int
    private let initial: Sample
    private let samples: Mutex<[[String]: SampleCell<Sample>]>

    init(labels: [String], initial: Sample) {
        labelCount = labels.count
        self.initial = initial
        // Without labels there is one sample, and it is there from the beginning.
        samples = Mutex(labels.isEmpty ? [[]: SampleCell(initial)] : [:])
    }

    /// The sample of these label values, one for each label; told from now on.
    func cell(_ values: [String]) -> SampleCell<Sample> {
        precondition(values.count == labelCount, "\(values.count) values for \(labelCount) labels")
        return samples.withLock { samples in
            if let known = samples[values] { return known }
            let key = samples.count < Self.maximumCount ? values : [String](repeating: "other", count: labelCount)
            if let other = samples[key] { return other }
            let cell = SampleCell(initial)
            samples[key] = cell
            return cell
        }
    }

    /// In the order of the label values.
    var sorted: [(values: [String], sample: Sample)] {
        samples.withLock { $0 }.map { ($0.key, $0.value.sample) }
            .sorted { $0.0.lexicographicallyPrecedes($1.0) }
    }
}

/// The sample of one combination of label values. Who counts there often holds it, so that no label is hashed each time.
final class SampleCell<Sample: Sendable>: Sendable {
    private let state: Mutex<Sample>

    init(_ initial: Sample) { state = Mutex(initial) }

    func update(_ change: (inout Sample) -> Void) { state.withLock { change(&$0) } }

    var sample: Sample { state.withLock { $0 } }
}
