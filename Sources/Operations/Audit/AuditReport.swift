import JSON
import VisibleText

/// What audit looks at, in the order of its table.
package enum AuditCheck: String, Sendable, CaseIterable {
    case events, order, inbox, notifications, reservations, stock, outbox
    case deadLetters = "dead_letters"

    var title: String {
        switch self {
        case .events: "every order has its events on the log, and no others"
        case .order: "each event happened once, in a legal order"
        case .inbox: "every event was handled, and only what is on the log"
        case .notifications: "every event has its notifications, and they their event"
        case .reservations: "every reservation has its order, and every order its reservation"
        case .stock: "available + reserved + shipped = added + replenished - taken"
        case .outbox: "nothing waits in an outbox for more than a minute, or was lost by the log"
        case .deadLetters: "dead letters"
        }
    }
}

/// Something that does not agree.
package struct AuditFinding: Sendable, Hashable {
    package var check: AuditCheck
    /// The order, the product or the event that it is about.
    package var subject: String
    /// For people: both sides, as they are.
    package var problem: String
    /// It may well agree in a moment.
    package var isInFlight = false
    /// The log no longer has its beginning, so it can't be told.
    package var isUnknown = false
}

/// What audit found, a line for each check.
package struct AuditReport: Sendable {
    /// What became of one check.
    package struct Line: Sendable, Hashable {
        /// Orders, reservations, products, records: whatever the check is about.
        package var checked = 0
        package var wrong = 0
        /// Findings that may well agree in a moment: no failure.
        package var inFlight = 0
        /// Findings about what the log no longer has.
        package var unknown = 0
        /// Worth knowing, and no failure.
        package var note = ""
        /// The first of what is wrong or can't be told.
        package var offenders: [AuditFinding] = []
    }

    /// So many offenders are named of each check.
    package static let named = 20

    package internal(set) var lines: [AuditCheck: Line] = [:]
    package internal(set) var republished: Int?

    package var wrong: Int { lines.values.reduce(0) { $0 + $1.wrong } }
    package var unknown: Int { lines.values.reduce(0) { $0 + $1.unknown } }
    package var inFlight: Int { lines.values.reduce(0) { $0 + $1.inFlight } }

    /// 0: all agrees. 1: it disagrees. 2: could not tell.
    package var exitCode: Int32 { wrong > 0 ? 1 : unknown > 0 ? 2 : 0 }

    mutating func count(_ check: AuditCheck, _ checked: Int = 1) { lines[check, default: Line()].checked += checked }

    mutating func note(_ check: AuditCheck, _ text: String) {
        let old = lines[check, default: Line()].note
        lines[check, default: Line()].note = old.isEmpty ? text : "\(old), \(text)"
    }

    mutating func add(_ finding: AuditFinding) {
        var line = lines[finding.check] ?? Line()
        if finding.isInFlight {
            line.inFlight += 1
        } else {
            if finding.isUnknown { line.unknown += 1 } else { line.wrong += 1 }
            if line.offenders.count < Self.named { line.offenders.append(finding) }
        }
        lines[finding.check] = line
    }

    mutating func add(_ other: AuditReport) {
        for (check, more) in other.lines {
            var line = lines[check] ?? Line()
            line.checked += more.checked
            line.wrong += more.wrong
            line.inFlight += more.inFlight
            line.unknown += more.unknown
            line.offenders = Array((line.offenders + more.offenders).prefix(Self.named))
            lines[check] = line
        }
    }

    private var verdict: String {
        if wrong > 0 { return "disagrees" }
        return unknown > 0 ? "unknown" : "agrees"
    }

    /// One object: `status` (agrees, disagrees, unknown), `in_flight`, and for each check its counts and first offenders.
    package func json() -> String {
        var json = JSONWriter()
        json.object { json in
            json.field("status", verdict)
            json.field("wrong", wrong)
            json.field("in_flight", inFlight)
            json.field("unknown", unknown)
            if let republished { json.field("republished", republished) }
            json.key("checks")
            json.array { json in
                for check in AuditCheck.allCases {
                    let line = lines[check] ?? Line()
                    json.object { json in
                        json.field("check", check.rawValue)
                        json.field("description", check.title)
                        json.field("checked", line.checked)
                        json.field("wrong", line.wrong)
                        json.field("in_flight", line.inFlight)
                        json.field("unknown", line.unknown)
                        if !line.note.isEmpty { json.field("note", line.note) }
                        json.key("offenders")
                        json.array { json in
                            for offender in line.offenders {
                                json.object { json in
                                    json.field("subject", offender.subject)
                                    json.field("problem", offender.problem)
                                }
                            }
                        }
                    }
                }
            }
        }
        return String(decoding: json.finish(), as: UTF8.self)
    }

    /// The table's rows, and what to print below it.
    package var rows: [[String]] {
        [["CHECKED", "WRONG", "IN FLIGHT", "CHECK"]]
            + AuditCheck.allCases.map { check in
                let line = lines[check] ?? Line()
                return [
                    "\(line.checked)", "\(line.wrong)", "\(line.inFlight)",
                    check.title + (line.note.isEmpty ? "" : " (\(line.note))"),
                ]
            }
    }

    /// Lines below the table: the first offenders of each check.
    package var remarks: [String] {
        var remarks: [String] = []
        for check in AuditCheck.allCases {
            guard let line = lines[check], !line.offenders.isEmpty else { continue }
            remarks.append("")
            remarks.append("\(check.rawValue): \(check.title)")
            remarks += line.offenders.map { "  \($0.subject): \($0.problem)".printable() }
            let more = line.wrong + line.unknown - line.offenders.count
            if more > 0 { remarks.append("  and \(more) more") }
        }
        remarks.append("")
        if let republished { remarks.append("Sent again to the log: \(republished) events.") }
        switch exitCode {
        case 0: remarks.append("Databases and log agree.")
        case 1: remarks.append("Databases and log DISAGREE in \(wrong) points.")
        default: remarks.append("Could not tell in \(unknown) points: the log no longer has its beginning.")
        }
        return remarks
    }
}
