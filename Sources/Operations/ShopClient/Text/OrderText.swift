package import JSON
import VisibleText

/// Orders, as a person reads them.
package struct OrderText: Sendable {
    private let moments: Moments
    private let paint: Paint
    /// Columns of the terminal; nil: as wide as it gets.
    private let width: Int?

    package init(_ moments: Moments, paint: Paint, width: Int?) {
        self.moments = moments
        self.paint = paint
        self.width = width
    }

    package func list(_ orders: [JSONValue]) -> String {
        var table = TextTable([
            .init("ORDER"), .init("PLACED"), .init("STATUS"), .init("CUSTOMER", mayBeCut: true),
            .init("UNITS", isNumber: true), .init("TOTAL", isNumber: true),
        ])
        for order in orders {
            let status = order["status"]?.string ?? ""
            table.add(
                [
                    order["order_id"]?.string ?? "", moment(order["created_at"]), status, Self.customer(order) ?? "",
                    "\(Self.units(order))", order["total"]?.money ?? "",
                ], colours: Paint.colour(ofState: status).map { [2: $0] } ?? [:])
        }
        return table.text(width: width, paint: paint)
    }

    package func one(_ order: JSONValue) -> String {
        let status = order["status"]?.string ?? ""
        let head = "Order \(order["order_id"]?.line.printable() ?? "") "
        var fields = FieldLines()
        fields.add("customer", Self.customer(order))
        fields.add("phone", order["customer"]?["phone"]?.string)
        fields.add("customer id", order["customer_id"]?.string)
        fields.add("to", Self.address(order["shipping_address"]))
        fields.add("note", order["note"]?.string)
        fields.add("metadata", order["metadata"]?.members.map { "\($0.name)=\($0.value.line)" }.joined(separator: "\n"))
        fields.add("carrier", order["carrier"]?.string)
        fields.add("tracking", order["tracking_number"]?.string)
        fields.add("reason", order["reason"]?.string)
        fields.add("total", order["total"]?.money)
        let steps = (order["history"]?.elements ?? []).map(step)
        return [
            head + paint(Paint.colour(ofState: status), status.printable()), fields.text(), "", items(order), "",
        ].joined(separator: "\n") + "\n" + steps.joined(separator: "\n")
    }

    /// `2026-01-31 09:30:00  shipped  by warehouse`
    package func step(_ step: JSONValue) -> String {
        let status = step["status"]?.string ?? ""
        let shown = paint(Paint.colour(ofState: status), status.printable())
        let by = step["by"]?.string.map { "  by \($0.printable())" } ?? ""
        return "\(moment(step["at"]))  \(shown)\(by)"
    }

    private func items(_ order: JSONValue) -> String {
        var table = TextTable([
            .init("PRODUCT"), .init("NAME", mayBeCut: true), .init("UNITS", isNumber: true),
            .init("PRICE", isNumber: true), .init("SUM", isNumber: true),
        ])
        for item in order["items"]?.elements ?? [] {
            table.add([
                item["product_id"]?.string ?? "", item["name"]?.string ?? "", item["quantity"]?.line ?? "",
                item["unit_price"]?.money ?? "", item["line_total"]?.money ?? "",
            ])
        }
        return table.text(width: width, paint: paint)
    }

    private func moment(_ value: JSONValue?) -> String { value?.string.map(moments.text) ?? "" }

    private static func units(_ order: JSONValue) -> Int64 {
        (order["items"]?.elements ?? []).reduce(0) { $0 &+ ($1["quantity"]?.int ?? 0) }
    }

    private static func customer(_ order: JSONValue) -> String? {
        guard let customer = order["customer"], let name = customer["name"]?.string else { return nil }
        return customer["email"]?.string.map { "\(name) <\($0)>" } ?? name
    }

    /// A line each, in the order of letters.
    private static func address(_ address: JSONValue?) -> String? {
        let lines = ["name", "company", "line1", "line2", "postal_code", "city", "state", "country", "phone"]
        return address.map { address in lines.compactMap { address[$0]?.string }.joined(separator: "\n") }
    }
}
