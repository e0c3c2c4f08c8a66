package import Databases
package import JSONSchema

extension Page {
    /// The query of every list.
    package static let query = [limit, cursor]

    /// The answer of a list: `{"<name>": […], "next_cursor": …}`.
    ///
    /// - Parameters:
    ///   - items: name of the array, and what stands in it
    ///   - example: one item, as JSON
    package static func answer(
        _ description: String, _ items: String, of item: JSONSchema, example: String
    ) -> Operation.Answer {
        Operation.Answer(
            description,
            .json(
                .object([
                    .required(items, .array(of: item, 0...Int(limits.upperBound))),
                    .required(
                        "next_cursor",
                        .text().orNull.described("For the parameter `cursor` of the next page; null: this is the last.")
                    ),
                ]), example: #"{"\#(items)":[\#(example)],"next_cursor":null}"#),
            headers: [
                Operation.Header(
                    "Link", "The next page, where there is one, as `<…>; rel=\"next\"` (RFC 8288).", .text())
            ])
    }
}
