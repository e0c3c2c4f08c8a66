import Identifiers

extension Identifier {
    /// One whose place among others nobody knows.
    static func random() -> Identifier {
        Identifier(high: .random(in: 0...UInt64.max), low: .random(in: 0...UInt64.max))
    }
}
