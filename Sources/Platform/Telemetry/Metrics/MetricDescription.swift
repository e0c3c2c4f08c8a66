/// What all samples of a metric have in common.
struct MetricDescription: Sendable, Hashable {
    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// Without the suffixes of samples; with its unit at the end, as OpenMetrics wants it.
    let name: String
    let help: String
    let unit: String?
    let kind: Kind
    let labels: [String]

    init(_ kind: Kind, _ name: String, _ help: String, unit: String?, labels: [String]) {
        var name = name
        if kind == .counter, name.hasSuffix("_total") { name.removeLast(6) }
        if let unit, !name.hasSuffix("_\(unit)") { name += "_\(unit)" }
        precondition(Self.isName(name), "no name for a metric: \(name)")
        for label in labels {
            precondition(Self.isName(label) && label != "le", "no label for a metric: \(label)")
        }
        self.name = name
        self.help = help
        self.unit = unit
        self.kind = kind
        self.labels = labels
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
        return text.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == UInt8(ascii: "_")
        }
    }
}

/// A metric as the registry sees it.
protocol Metric: Sendable {
    var description: MetricDescription { get }

    /// Writes the samples, without the lines that describe the metric.
    func render(into text: inout MetricsText)
}
