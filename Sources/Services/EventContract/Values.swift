import JSONSchema
import Shop

/// The values that events have in common, by the limits that the code keeps to.
enum Values {
    static let uuid = JSONSchema.text(
        36...36, pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", format: "uuid")

    /// Milliseconds, in UTC.
    static let time = JSONSchema.text(
        24...24, pattern: #"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"#, format: "date-time")

    static let units = JSONSchema.integer(Units.ofProduct)

    /// Each limit of amounts is a schema of its own.
    static let price = money("Price", Money.prices)
    static let lineTotal = money("LineTotal", 0...mostOfLine)
    static let total = money("Total", 0...mostOfLine * Int64(OrderItem.maximumLines))

    private static let mostOfLine = WantedItem.quantities.upperBound * Money.prices.upperBound

    private static func money(_ name: String, _ amounts: ClosedRange<Int64>) -> JSONSchema {
        .named(
            name,
            .object([
                .required("amount", .integer(amounts).described("In minor units of the currency: cents, pence.")),
                .required("currency", .text(3...3, pattern: "^[A-Z]{3}$").described("By ISO 4217.")),
            ]))
    }
}
