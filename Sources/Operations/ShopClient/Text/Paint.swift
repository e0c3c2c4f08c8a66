/// Colours of a terminal, where they are wanted.
package struct Paint: Sendable {
    /// By their numbers in "select graphic rendition" (ECMA-48).
    package enum Colour: String, Sendable {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
        case faint = "2"
        case bold = "1"
    }

    package var isOn: Bool

    package init(isOn: Bool) { self.isOn = isOn }

    package func callAsFunction(_ colour: Colour?, _ text: String) -> String {
        guard isOn, let colour, !text.isEmpty else { return text }
        return "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m"
    }

    /// Of the states of orders, products and notifications, by their names.
    package static func colour(ofState state: String) -> Colour? {
        switch state {
        case "confirmed", "in_stock", "sent": .green
        case "shipped", "delivered": .cyan
        case "low_stock", "queued": .yellow
        case "cancelled", "rejected", "out_of_stock", "failed": .red
        case "archived", "noted": .faint
        default: nil
        }
    }
}
