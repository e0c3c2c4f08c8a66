/// Which fields of a line are numbers, so that what reads the JSON can compare and sum them.
///
/// By their names: an order's or a product's id may look like a number, and is none.
enum NumberField {
    private static let names: Set<String> = [
        "attempts", "away_seconds", "count", "duration_ms", "events", "messages", "orders", "records", "status",
    ]

    /// Whether the field is one, and the value can stand in JSON as it is: digits, with a point among them at most.
    static func isNumber(_ name: String, _ value: String) -> Bool {
        guard names.contains(name) else { return false }
        var text = value
        return text.withUTF8(isNumber)
    }

    private static func isNumber(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let zero = UInt8(ascii: "0")
        guard (1...17).contains(text.count), text[0] != zero || text.count == 1 || text[1] == UInt8(ascii: ".") else {
            return false
        }
        var point: Int?
        for (index, byte) in text.enumerated() {
            if byte == UInt8(ascii: "."), point == nil {
                point = index
            } else if !(zero...UInt8(ascii: "9")).contains(byte) {
                return false
            }
        }
        return point != 0 && point != text.count - 1
    }
}
