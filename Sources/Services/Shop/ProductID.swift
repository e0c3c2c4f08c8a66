import ExactText

/// What a product is known by: 1 to 64 printable characters that people chose, and every byte of them counts.
package struct ProductID: Sendable, Hashable {
    private let text: ExactText

    package init(_ string: String) {
        text = ExactText(string)
    }

    /// To be written or shown; not to be compared.
    package var string: String { text.string }
}

extension ProductID: Comparable {
    package static func < (one: ProductID, other: ProductID) -> Bool { one.text < other.text }
}

extension ProductID: ExpressibleByStringInterpolation, CustomStringConvertible {
    package init(stringLiteral string: String) { self.init(string) }

    package var description: String { string }
}
