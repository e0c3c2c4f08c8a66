package import JSON
import Timestamps
import VisibleText

/// An order's story, drawn on a terminal from what the console answers: a line for each thing that happened, with what lies between.
package struct TimelineText: Sendable {
    /// From so many columns on, time and gap stand beside what happened; else above it.
    private static let wide = 90

    private let moments: Moments
    private let paint: Paint
    /// Columns of the terminal; nil: as wide as it gets.
    private let width: Int?

    package init(_ moments: Moments, paint: Paint, width: Int?) {
        self.moments = moments
        self.paint = paint
        self.width = width
    }

    /// One thing that happened.
    private struct Line {
        /// nil: nobody knows.
        var at: String?
        var gap: String?
        var mark: Character
        var colour: Paint.Colour?
        var text: String
        /// Said of it in lines of their own.
        var more: [String] = []
    }

    package func text(_ timeline: JSONValue) -> String {
        let order = timeline["order"]
        let status = order?["status"]?.string ?? ""
        let head =
            "Order \(order?["order_id"]?.line.printable() ?? "") "
            + paint(Paint.colour(ofState: status), status.printable())
        var before: Timestamp?
        let lines = (timeline["entries"]?.elements ?? []).map { entry in
            var line = self.line(entry)
            if let time = entry["at"]?.string.flatMap({ Timestamp(rfc3339: $0) }) {
                line.gap = before.map { Self.gap(milliseconds: max(0, time.milliseconds - $0.milliseconds)) }
                before = time
            }
            return line
        }
        let missing = (timeline["missing"]?.elements ?? []).map { part in
            paint(.yellow, fitting("not told: \(part["detail"]?.string ?? "")", margin: 0))
        }
        let isWide = width.map { $0 >= Self.wide } ?? true
        return
            ([head, ""] + lines.flatMap { isWide ? besides($0) : below($0) } + (missing.isEmpty ? [] : [""] + missing))
            .joined(separator: "\n")
    }

    // MARK: - How it stands

    private static let timeColumns = 26
    private static let gapColumns = 10

    private func besides(_ line: Line) -> [String] {
        let time = pad(line.at ?? "", Self.timeColumns)
        let gap = pad(line.gap ?? "", Self.gapColumns)
        let margin = Self.timeColumns + Self.gapColumns + 2
        let first =
            paint(.faint, time + gap) + paint(line.colour, String(line.mark)) + " " + fitting(line.text, margin: margin)
        let blank = String(repeating: " ", count: margin - 2)
        return [first] + line.more.map { blank + "│ " + paint(.faint, fitting($0, margin: margin)) }
    }

    private func below(_ line: Line) -> [String] {
        let time = [line.at, line.gap].compactMap(\.self).joined(separator: " ")
        let head = time.isEmpty ? [] : ["│ " + paint(.faint, fitting(time, margin: 2))]
        return head + [paint(line.colour, String(line.mark)) + " " + fitting(line.text, margin: 2)]
            + line.more.map { "│   " + paint(.faint, fitting($0, margin: 4)) }
    }

    private func pad(_ text: String, _ columns: Int) -> String {
        text + String(repeating: " ", count: max(1, columns - text.columns))
    }

    private func fitting(_ text: String, margin: Int) -> String {
        let shown = text.printable()
        return width.map { shown.fitting(columns: max($0 - margin, 8)) } ?? shown
    }

    /// `+3 ms`, `+2.1 s`, `+4 min`, `+3 h`, `+12 days`
    static func gap(milliseconds: Int64) -> String {
        switch milliseconds {
        case ..<1_000: "+\(milliseconds) ms"
        case ..<120_000: "+\(milliseconds / 1_000).\(milliseconds / 100 % 10) s"
        case ..<7_200_000: "+\(milliseconds / 60_000) min"
        case ..<172_800_000: "+\(milliseconds / 3_600_000) h"
        default: "+\(milliseconds / 86_400_000) days"
        }
    }

    // MARK: - What it says

    private func line(_ entry: JSONValue) -> Line {
        let kind = entry["kind"]?.string ?? ""
        var line = Line(mark: "│", text: kind)
        line.at = entry["at"]?.string.map(moments.precise)
        switch kind {
        case "step":
            let status = entry["status"]?.string ?? ""
            line.mark = "●"
            line.colour = Paint.colour(ofState: status)
            line.text = status + (entry["by"]?.string.map { ", asked for with the key \($0)" } ?? "")
        case "event":
            line.text = "\(Self.type(entry)) on the log, \(entry["position"]?.string ?? "")"
            if let trace = entry["trace_id"]?.string { line.more = ["trace \(trace)"] }
        case "handled": handled(entry, &line)
        case "message", "sent":
            let message = entry["notification"]
            let channel = message?["channel"]?.string == "sms" ? "SMS" : "e-mail"
            let recipient = message?["recipient"]?.string ?? "somebody"
            line.text = kind == "sent" ? "\(channel) left for \(recipient)" : "\(channel) to \(recipient) was written"
            if kind == "message" { line.more = [message?["subject"]?.string].compactMap(\.self) }
        default: break
        }
        return line
    }

    /// `orderlog.OrderConfirmed.v1` is OrderConfirmed.
    private static func type(_ entry: JSONValue) -> String {
        let type = entry["type"]?.string ?? "a record"
        let parts = type.split(separator: ".")
        return parts.count == 3 && parts[0] == "orderlog" ? String(parts[1]) : type
    }

    private func handled(_ entry: JSONValue, _ line: inout Line) {
        let group = entry["group"]?.string ?? "a group"
        guard let letter = entry["dead_letter"] else {
            let isDone = entry["done"]?.bool == true
            (line.mark, line.colour) = isDone ? ("✓", .green) : ("…", .yellow)
            line.text = isDone ? "\(group) handled it" : "\(group) has yet to handle it"
            return
        }
        let state = letter["state"]?.string ?? ""
        (line.mark, line.colour) = ("✗", state == "redriven" ? .yellow : .red)
        line.text =
            switch state {
            case "redriven": "\(group) could not handle it at first, and it was sent back"
            case "discarded": "\(group) could not handle it, and it was discarded"
            default: "\(group) could not handle it: it is a dead letter"
            }
        line.more = [letter["place"]?.string, letter["error"]?.string].compactMap(\.self)
    }
}
