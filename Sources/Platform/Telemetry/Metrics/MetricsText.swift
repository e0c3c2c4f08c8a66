/// The text that a scraper reads.
struct MetricsText {
    let format: MetricsFormat
    private(set) var text = ""
    /// As it stands in every sample; empty: none does.
    private let everywhere: String

    init(_ format: MetricsFormat, service: String? = nil) {
        self.format = format
        everywhere = service.map { "service=\"\(Self.escaped($0))\"" } ?? ""
    }

    /// The lines before the samples of a metric.
    mutating func put(_ description: MetricDescription) {
        switch format {
        case .openMetrics:
            text += "# TYPE \(description.name) \(description.kind.rawValue)\n"
            if let unit = description.unit { text += "# UNIT \(description.name) \(unit)\n" }
            text += "# HELP \(description.name) \(Self.escaped(description.help))\n"
        case .prometheus:
            // The older form knows a counter by the name of its samples, and escapes no quotes here.
            let name = description.name + (description.kind == .counter ? "_total" : "")
            text += "# HELP \(name) \(Self.escaped(description.help, quotes: false))\n"
            text += "# TYPE \(name) \(description.kind.rawValue)\n"
        }
    }

    /// A sample. `le` is a bucket's upper bound.
    mutating func put(
        _ description: MetricDescription, _ suffix: String, _ labelValues: [String], le: Double? = nil, _ value: String
    ) {
        text += description.name
        text += suffix
        var separator = "{"
        if !everywhere.isEmpty {
            text += separator
            text += everywhere
            separator = ","
        }
        for (label, labelValue) in zip(description.labels, labelValues) {
            put(label, Self.escaped(labelValue), &separator)
        }
        if let le { put("le", Self.number(le), &separator) }
        text += separator == "{" ? " " : "} "
        text += value
        text += "\n"
    }

    private mutating func put(_ label: String, _ value: String, _ separator: inout String) {
        text += separator
        text += label
        text += "=\""
        text += value
        text += "\""
        separator = ","
    }

    mutating func end() {
        if format == .openMetrics { text += "# EOF\n" }
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }

    /// Label values and help texts may hold anything.
    private static func escaped(_ text: String, quotes: Bool = true) -> String {
        guard text.utf8.contains(where: { $0 == 0x0a || $0 == 0x22 || $0 == 0x5c }) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result.append(contentsOf: #"\n"#.unicodeScalars)
            case "\"" where quotes: result.append(contentsOf: #"\""#.unicodeScalars)
            case "\\": result.append(contentsOf: #"\\"#.unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
