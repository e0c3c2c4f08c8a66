extension LoadReport {
    /// For people, without an end of line at its end.
    package var text: String {
        var lines = [summary, ""]
        let measured = placed.measured
        lines.append("accepted  \(measured.accepted)  (\(Int(acceptedPerSecond.rounded()))/s)")
        if measured.repeated > 0 { lines.append("repeated  \(measured.repeated)") }
        lines += Self.kinds(measured)
        if placed.all.answered + placed.all.failures > measured.answered + measured.failures {
            let warmUp = placed.all.failures + placed.all.refusals - measured.failures - measured.refusals
            lines.append("warm-up   \(placed.all.accepted - measured.accepted) accepted, \(warmUp) refused or failed")
        }
        lines += ["", "           " + Self.parts.map { Self.padded($0.name, 10) }.joined()]
        lines.append("request    " + Self.row(placed.latency))
        if told.latency.count > 0 {
            lines.append("told       " + Self.row(told.latency))
            let every = placed.sampledEvery == 1 ? "each order" : "one order in \(placed.sampledEvery)"
            lines.append(
                "           (from the answer until the first message was sent; \(every), \(told.latency.count) in all)")
        } else if let complaint = told.complaint {
            lines.append("told       not measured: \(complaint)")
        }
        if !processes.isEmpty {
            lines += ["", "CPU an order  of the time  resident  process"]
            lines += processes.map { process in
                let part = seconds > 0 ? Int(Double(process.cpuMilliseconds) / (seconds * 10)) : 0
                return Self.padded("\(cpuAnOrder(process)) µs", 12) + Self.padded("\(part) %", 13)
                    + Self.padded("\(process.resident >> 20) MB", 10) + "  \(process.name) (\(process.pid))"
                    + (process.isLoad ? ", this one" : "")
            }
        }
        lines += [""] + findings.map { "\($0.name): \($0.verdict.word): \($0.detail)" }
        return lines.joined(separator: "\n")
    }

    private var summary: String {
        let way =
            rate.map { "\(Self.plain($0)) requests/s, each timed from when it was due" } ?? "as fast as answers come"
        let stop = placed.wasStopped ? "Stopped after" : "In"
        return
            "\(stop) \(Self.plain((seconds * 10).rounded() / 10)) s at \(target), \(way), \(connections) connections:"
    }

    private static func kinds(_ tally: Tally) -> [String] {
        var lines: [String] = []
        if tally.repeatedWrongly > 0 { lines.append("repeats answered with another order  \(tally.repeatedWrongly)") }
        for (kind, count) in tally.sortedRefusals {
            lines.append("refused   \(count)  \(kind.status)\(kind.problem.isEmpty ? "" : " \(kind.problem)")")
        }
        for (kind, count) in tally.sortedFailures { lines.append("failed    \(count)  \(kind.rawValue)") }
        return lines
    }

    private static func row(_ histogram: LatencyHistogram) -> String {
        parts.map { padded(duration(histogram.percentile($0.part)), 10) }.joined()
    }

    /// `850 µs`, `1.25 ms`, `3.2 s`
    package static func duration(_ nanoseconds: UInt64) -> String {
        let value = Double(nanoseconds)
        if value < 1e6 { return "\(Int((value / 1e3).rounded())) µs" }
        if value < 1e9 { return "\(plain((value / 1e4).rounded() / 100)) ms" }
        return "\(plain((value / 1e7).rounded() / 100)) s"
    }

    static func plain(_ number: Double) -> String { number == number.rounded() ? "\(Int(number))" : "\(number)" }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

extension Tally {
    /// The most frequent first.
    var sortedRefusals: [(kind: Refusal, count: Int)] {
        refused.map { (kind: $0.key, count: $0.value) }.sorted { one, other in
            one.count != other.count
                ? one.count > other.count
                : (one.kind.status, one.kind.problem) < (other.kind.status, other.kind.problem)
        }
    }

    var sortedFailures: [(kind: Failure, count: Int)] {
        Failure.allCases.compactMap { kind in failed[kind].map { (kind, $0) } }
    }
}

extension Finding.Verdict {
    var word: String {
        switch self {
        case .holds: "holds"
        case .disagrees: "DISAGREES"
        case .unknown: "could not be checked"
        }
    }
}
