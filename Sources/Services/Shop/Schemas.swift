package import JSONSchema

/// What the shop's values look like in JSON, by the limits that they are read by. `sent`: as we send them; what was taken by
/// earlier versions, which had laxer rules for text, is sent on as it was.
extension Text {
    private static let control = #"\u0000-\u001F\u007F-\u009F\u2028\u2029"#
    /// At least one character that can be seen, and no control characters. (Some characters beyond ASCII can't be seen
    /// either: `Text.complaint` knows them all.)
    package static let visible = "^[^\(control)]*[^\(control)\\s][^\(control)]*$"
    /// The same, but neither `.` nor `..`.
    private static let productIDPattern = "^(?![.]{1,2}$)" + visible.dropFirst()
    /// One @ with something on both sides, no spaces, and no empty part between the dots of the host.
    package static let emailPattern =
        "^[^@\\s\(control)]+@[^@.\\s\(control)]+([.][^@.\\s\(control)]+)*$"
    /// As earlier versions took it: the host's dots could stand anywhere.
    package static let keptEmailPattern = "^[^@\\s\(control)]+@[^@\\s\(control)]+$"
    /// 5 to 15 digits, a + before them, and between them spaces and `( ) - . /`
    private static let phonePattern = #"^[ (]*[+]?[ ()./-]*([0-9][ ()./-]*){5,15}$"#
    /// As earlier versions took it: the + could stand anywhere.
    private static let keptPhonePattern = #"^[ +()./-]*([0-9][ +()./-]*){5,15}$"#

    /// What `JSONReader.text` takes.
    package static func schema(limit: Int) -> JSONSchema { .text(1...limit, pattern: visible) }
    package static func sent(limit: Int) -> JSONSchema { .text(1...limit) }
    /// What `JSONReader.looseText` takes.
    package static func looseSchema(limit: Int) -> JSONSchema { .text(0...limit, pattern: "^[^\(control)]*$") }
    /// What `JSONReader.looseLines` takes.
    package static func linesSchema(limit: Int) -> JSONSchema {
        .text(0...limit, pattern: #"^[^\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u2028\u2029]*$"#)
    }

    /// What the shop calls something; what `JSONReader.shopID` takes.
    package static let shopIDSchema = JSONSchema.text(1...productIDLimit, pattern: productIDPattern)

    package static let emailSchema = JSONSchema.text(3...contactLimit, pattern: emailPattern)
        .described("An e-mail address.").example("ada@example.com")
    /// Of what may have been taken by an earlier version, as in events.
    package static let keptEmailSchema = JSONSchema.text(3...contactLimit, pattern: keptEmailPattern)
        .described("An e-mail address.").example("ada@example.com")
    package static let phoneSchema = JSONSchema.text(5...contactLimit, pattern: phonePattern)
        .described("A phone number: 5 to 15 digits, a + before them, and besides only spaces and `( ) - . /`").example(
            "+44 20 7946 0000")
    /// Of what may have been taken by an earlier version, as in events.
    package static let keptPhoneSchema = JSONSchema.text(5...contactLimit, pattern: keptPhonePattern)
        .described("A phone number: 5 to 15 digits, and besides only spaces and `+ ( ) - . /`").example(
            "+44 20 7946 0000")
}

extension ProductID {
    package static let schema = Text.shopIDSchema
        .described("What the shop calls the product. Neither `.` nor `..`, which no URL can name.")
        .example("PROD-001")
    package static let sent = Text.sent(limit: Text.productIDLimit).described("What the shop calls the product.")
        .example("PROD-001")
}

extension Money {
    private static let currency = JSONSchema.text(pattern: "^[A-Z]{3}$").described("A currency's code (ISO 4217).")
        .example("USD")

    /// What one unit costs.
    package static let priceSchema = JSONSchema.named("Price", schema(amounts: prices))
    /// What several cost together.
    package static let schema = JSONSchema.named("Money", schema(amounts: 0...Int64.max))

    private static func schema(amounts: ClosedRange<Int64>) -> JSONSchema {
        .object([
            .required("amount", .integer(amounts).described("In minor units of the currency, such as cents.")),
            .required("currency", currency),
        ])
    }
}

extension OrderItem {
    /// A line as it is sent.
    package static let schema = JSONSchema.named(
        "OrderItem",
        .object([
            .required("product_id", ProductID.sent),
            .required(
                "name", Text.sent(limit: Text.nameLimit).described("What the product was called when it was sold.")),
            .required("quantity", .integer(WantedItem.quantities)),
            .required("unit_price", Money.priceSchema),
            .required("line_total", Money.schema.described("Quantity times unit price.")),
        ]))
}

extension WantedItem {
    package static let schema = JSONSchema.named(
        "WantedItem",
        .object(members, others: .closed))

    private static let members: [JSONSchema.Property] = [
        .required("product_id", ProductID.schema), .required("quantity", .integer(quantities).described("Units.")),
    ]

    /// The lines of an order, as its customer sends them.
    package static let linesSchema = list(of: schema)

    /// The same as one service sends them to another, whose version may be an earlier one.
    package static let openLinesSchema = list(of: .named("WantedItem", .object(members)))

    private static func list(of schema: JSONSchema) -> JSONSchema {
        .array(of: schema, lines).described(
            "Lines that repeat a product become one; its sum keeps the limit of a line.")
    }
}

extension Shortage {
    package static let schema = JSONSchema.object([
        .required("product_id", ProductID.sent),
        .required("requested", .integer(0...Int64.max).described("Units that were asked for.")),
        .required("available", .integer(0...Int64.max).described("Units that can be had.")),
    ])
}

extension OrderStatus {
    package static let schema = JSONSchema.choice(allCases.map(\.rawValue)).described(
        """
        `confirmed`: its stock is kept for it. `shipped`: it has left. `delivered`: it is there. `cancelled`: it was called off \
        before it left. `rejected`: it never came about.
        """)
}

extension StockStatus {
    package static let schema = JSONSchema.choice(allCases.map(\.rawValue)).described(
        "`low_stock`: at most `low_stock_threshold` units are available.")
}
