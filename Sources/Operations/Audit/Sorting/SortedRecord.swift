import Identifiers

/// What is sorted: plain bytes, which go to a file as they are.
protocol SortedRecord: BitwiseCopyable, Sendable {
    /// By what it is sorted, and found.
    var key: Identifier { get }

    /// Whether it stands before another one; never for one with a smaller key.
    func precedes(_ other: Self) -> Bool
}

extension SortedRecord {
    func precedes(_ other: Self) -> Bool { key < other.key }
}
