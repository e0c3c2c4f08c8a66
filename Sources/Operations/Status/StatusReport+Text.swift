extension StatusReport {
    /// One screen for people. `now`: seconds since 1970.
    package func text(at now: Double) -> String {
        var lines: [String] = []
        let names = replicas.map(\.service.count).max() ?? 0
        for replica in replicas {
            let name = replica.service.padding(to: names)
            if let silence = replica.silence {
                lines.append("\(name)  DOWN  \(replica.address): \(silence)")
                continue
            }
            let up = replica.started.map { "up \(Self.duration(now - $0))" } ?? "up"
            var parts = [name, replica.troubles.isEmpty ? "ok   " : "LOOK ", up]
            if let version = replica.version {
                // As git shortens it.
                parts.append(version + (replica.commit.map { " (\($0.prefix(12)))" } ?? ""))
            }
            parts.append(replica.address)
            if replica.publishes { parts.append("publishes") }
            lines.append(parts.joined(separator: "  "))
            for trouble in replica.troubles {
                let since = trouble.since.map { " since \($0)" } ?? ""
                lines.append("    \(trouble.check)\(since): \(trouble.text)")
            }
            if let last = replica.lastError {
                lines.append("    last error \(last.time): \(last.message)\(last.error.map { ": \($0)" } ?? "")")
            }
        }
        let rows = waiting
        if !rows.isEmpty {
            let width = rows.map(\.what.count).max() ?? 0
            lines.append("")
            lines.append("\("WAITING".padding(to: width))   HOW MANY  OLDEST")
            for row in rows {
                let count = String(row.count)
                let age = row.count == 0 ? "" : row.oldest.map(Self.duration) ?? ""
                let spaces = String(repeating: " ", count: max(0, 8 - count.count))
                lines.append(
                    "\(row.what.padding(to: width))   \(spaces)\(count)  \(age.padding(to: 8))\(row.isLate ? "LOOK" : "")"
                        .trimmed)
            }
        }
        lines.append("")
        lines += isWell ? ["All is well."] : advice.map { "-> \($0)" }
        return lines.joined(separator: "\n")
    }

    /// `3 s`, `12 min`, `2 h`, `5 d`
    static func duration(_ seconds: Double) -> String {
        let whole = Int(max(0, seconds))
        return switch whole {
        case ..<120: "\(whole) s"
        case ..<7_200: "\(whole / 60) min"
        case ..<172_800: "\(whole / 3_600) h"
        default: "\(whole / 86_400) d"
        }
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
    fileprivate var trimmed: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
