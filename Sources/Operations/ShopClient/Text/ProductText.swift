package import JSON
import VisibleText

/// Products, as a person reads them.
package struct ProductText: Sendable {
    private let moments: Moments
    private let paint: Paint
    /// Columns of the terminal; nil: as wide as it gets.
    private let width: Int?

    package init(_ moments: Moments, paint: Paint, width: Int?) {
        self.moments = moments
        self.paint = paint
        self.width = width
    }

    package func list(_ products: [JSONValue]) -> String {
        var table = TextTable([
            .init("PRODUCT"), .init("NAME", mayBeCut: true), .init("PRICE", isNumber: true),
            .init("AVAILABLE", isNumber: true), .init("RESERVED", isNumber: true), .init("STATUS"),
        ])
        for product in products {
            let status = Self.status(product)
            table.add(
                [
                    product["product_id"]?.string ?? "", product["name"]?.string ?? "", product["price"]?.money ?? "",
                    product["available"]?.line ?? "", product["reserved"]?.line ?? "", status,
                ], colours: Paint.colour(ofState: status).map { [5: $0] } ?? [:])
        }
        return table.text(width: width, paint: paint)
    }

    package func one(_ product: JSONValue) -> String {
        let status = Self.status(product)
        let head = "Product \(product["product_id"]?.line.printable() ?? "") "
        var fields = FieldLines()
        fields.add("name", product["name"]?.string)
        fields.add("price", product["price"]?.money)
        fields.add("available", product["available"]?.line)
        fields.add("reserved", product["reserved"]?.line)
        fields.add("low at", product["low_stock_threshold"]?.line)
        fields.add(
            "metadata", product["metadata"]?.members.map { "\($0.name)=\($0.value.line)" }.joined(separator: "\n"))
        fields.add("changed", product["updated_at"]?.string.map(moments.text))
        return head + paint(Paint.colour(ofState: status), status.printable()) + "\n" + fields.text()
    }

    /// What is archived can't be ordered, whatever there is of it.
    private static func status(_ product: JSONValue) -> String {
        product["archived"]?.bool == true ? "archived" : product["status"]?.string ?? ""
    }
}
