import Synchronization

/// The samples of one metric, by the values of its labels. Bounded: label values may come from outside, so what goes
/// past 1,000 combinations is counted under the label value `other`.
final class SampleTable<Sample: Sendable>: Sendable {
    static var maximumCount: Int { 1000 }

    private let labelCount: Int
    private let initial: Sample
    private let samples: Mutex<[[String]: Sample]>

    init(labels: [String], initial: Sample) {
        labelCount = labels.count
        self.initial = initial
        // Without labels there is one sample, and it is there from the beginning.
        samples = Mutex(labels.isEmpty ? [[]: initial] : [:])
    }

    /// Changes the sample of these label values, one for each label.
    func update(_ values: [String], _ change: (inout Sample) -> Void) {
        precondition(values.count == labelCount, "\(values.count) values for \(labelCount) labels")
        samples.withLock { samples in
            let isKnown = samples.count < Self.maximumCount || samples[values] != nil
            let key = isKnown ? values : [String](repeating: "other", count: labelCount)
            change(&samples[key, default: initial])
        }
    }

    /// In the order of the label values.
    var sorted: [(values: [String], sample: Sample)] {
        samples.withLock { $0 }.map { ($0.key, $0.value) }.sorted { $0.0.lexicographicallyPrecedes($1.0) }
    }
}
