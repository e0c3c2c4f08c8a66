package import HTTPAPI
import JSONSchema
import Shop

extension ProblemType {
    /// Of an order, and of stock that is taken without one.
    package static let notEnoughStock = ProblemType(
        "not-enough-stock", 409, "Not enough stock",
        meaning: "Fewer units of a product are available than were asked for. All or nothing is taken: it was nothing.",
        advice: """
            `shortages` says of each product how many units there are. Ask for fewer, or again when there are more; with an \
            `Idempotency-Key` the same request can be sent again, and goes through once there is enough.
            """,
        members: [
            .required("shortages", .array(of: Shortage.schema).described("Each product of which there are too few."))
        ])
}
