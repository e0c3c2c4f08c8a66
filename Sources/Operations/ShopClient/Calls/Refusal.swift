import HTTPClient
import JSON
import VisibleText

/// What a service answered instead of what it was asked for: a problem document (RFC 9457), as far as it is one.
package struct Refusal: Sendable {
    /// What is wrong with one value of the request.
    package struct Violation: Sendable {
        package var field: String
        package var message: String
    }

    /// Violations and shortages that are shown; a document has a hundred at most.
    private static let mostShown = 20

    package let status: Int
    /// The last part of its `type`, as `not-enough-stock`; nil: its status says all.
    package let kind: String?
    package let title: String
    package let detail: String?
    package let traceID: String?
    package let violations: [Violation]
    /// What there is too little of, in a line each.
    package let shortages: [String]
    /// What the order would cost now, where that is why.
    package let total: String?
    /// What somebody at the command line can do about it.
    package var advice: String?

    init(_ answer: HTTPClientResponse) {
        let document = try? JSONValue.read(answer.body)
        status = answer.status
        kind = document?["type"]?.string.flatMap { $0.hasPrefix("/problems/") ? String($0.dropFirst(10)) : nil }
        title = document?["title"]?.string ?? "the answer is no problem document"
        detail = document?["detail"]?.string
        traceID = document?["trace_id"]?.string ?? answer.header("x-request-id")
        violations = (document?["errors"]?.elements ?? []).map {
            Violation(field: $0["field"]?.string ?? "", message: $0["message"]?.string ?? "")
        }
        total = document?["total"]?.money
        shortages = (document?["shortages"]?.elements ?? []).compactMap { shortage in
            guard let product = shortage["product_id"]?.string, let requested = shortage["requested"]?.int,
                let available = shortage["available"]?.int
            else { return nil }
            return "\(product): \(requested) asked for, \(available) available"
        }
    }

    /// Whether it may have been done all the same: the service does not know, or what answered stands before it.
    var leavesOpen: Bool { kind == "outcome-unknown" || kind == nil && [500, 502, 504].contains(status) }

    /// For a person, a line for each thing.
    package var text: String {
        var lines = ["\(title.printable()) (\(status))" + (detail.map { ": \($0.printable())" } ?? "")]
        let details =
            violations.map { $0.field.isEmpty ? $0.message : "\($0.field) \($0.message)" } + shortages
            + (total.map { ["it costs \($0) now"] } ?? [])
        lines += details.prefix(Self.mostShown).map { "  " + $0.printable() }
        if details.count > Self.mostShown { lines.append("  and \(details.count - Self.mostShown) more") }
        if let advice { lines.append("  what to do: \(advice.printable())") }
        if let traceID { lines.append("  trace id: \(traceID.printable())") }
        return lines.joined(separator: "\n")
    }
}
