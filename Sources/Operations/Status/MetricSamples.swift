/// The samples of a service's metrics, as their text has them. A line that is none of ours is passed over.
package struct MetricSamples: Sendable {
    package struct Sample: Sendable, Hashable {
        package var labels: [String: String]
        package var value: Double
    }

    private var samples: [String: [Sample]] = [:]

    /// - Parameter text: as Prometheus's text format or OpenMetrics have it
    package init(_ text: String) {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let (name, sample) = Self.sample(line) else { continue }
            samples[name, default: []].append(sample)
        }
    }

    package func all(_ name: String) -> [Sample] { samples[name] ?? [] }

    /// Of a metric without labels, or of its first sample; nil where it is not told.
    package func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        all(name).first { sample in labels.allSatisfy { sample.labels[$0.key] == $0.value } }?.value
    }

    /// `NAME{LABEL="VALUE",…} NUMBER`
    private static func sample(_ line: Substring) -> (String, Sample)? {
        let end = line.firstIndex { $0 == "{" || $0 == " " } ?? line.endIndex
        let name = String(line[..<end])
        var rest = line[end...]
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest = rest.dropFirst()
            while rest.first != "}" {
                guard let equals = rest.firstIndex(of: "=") else { return nil }
                let label = String(rest[..<equals])
                rest = rest[equals...].dropFirst()
                guard rest.popFirst() == "\"", let value = quoted(&rest) else { return nil }
                labels[label] = value
                if rest.first == "," { rest = rest.dropFirst() }
            }
            rest = rest.dropFirst()
        }
        guard let number = rest.split(separator: " ").first.map(String.init) else { return nil }
        let value = Double(number == "+Inf" ? "inf" : number == "-Inf" ? "-inf" : number)
        return value.map { (name, Sample(labels: labels, value: $0)) }
    }

    /// What stands before the closing quote, which is taken too.
    private static func quoted(_ rest: inout Substring) -> String? {
        var text = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return text
            case "\\":
                guard let escaped = rest.popFirst() else { return nil }
                text.append(escaped == "n" ? "\n" : escaped)
            default: text.append(character)
            }
        }
        return nil
    }
}
