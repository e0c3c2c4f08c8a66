/// The text that a scraper reads: OpenMetrics 1.0.
struct OpenMetricsText {
    private(set) var text = ""

    /// The lines before the samples of a metric.
    mutating func put(_ description: MetricDescription) {
        text += "# TYPE \(description.name) \(description.kind.rawValue)\n"
        if let unit = description.unit { text += "# UNIT \(description.name) \(unit)\n" }
        text += "# HELP \(description.name) \(Self.escaped(description.help))\n"
    }

    /// A sample. `le` is a bucket's upper bound.
    mutating func put(
        _ description: MetricDescription, _ suffix: String, _ labelValues: [String], le: Double? = nil, _ value: String
    ) {
        var labels = zip(description.labels, labelValues).map { "\($0)=\"\(Self.escaped($1))\"" }
        if let le { labels.append("le=\"\(Self.number(le))\"") }
        text += description.name + suffix
        if !labels.isEmpty { text += "{\(labels.joined(separator: ","))}" }
        text += " \(value)\n"
    }

    mutating func end() {
        text += "# EOF\n"
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }

    /// Label values and help texts may hold anything; the escapes are the same for both.
    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x0a || $0 == 0x22 || $0 == 0x5c }) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result.append(contentsOf: #"\n"#.unicodeScalars)
            case "\"": result.append(contentsOf: #"\""#.unicodeScalars)
            case "\\": result.append(contentsOf: #"\\"#.unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
