/// Which calls on a connection a proxy may hold. It sees what the client sends, piece by piece.
protocol HoldableCalls: Sendable {
    mutating func include(_ sent: ArraySlice<UInt8>) -> Bool
}

/// The order service's calls to hold stock.
struct ReserveCalls: HoldableCalls {
    private static let head = Array("POST /reservations HTTP/1.1".utf8)

    func include(_ sent: ArraySlice<UInt8>) -> Bool { sent.starts(with: Self.head) }
}

/// PostgreSQL's COMMIT of a transaction that may write, which our driver sends by itself: prepared at the first time
/// (`Parse`, with a name), bound by that name afterwards (`Bind`, with no portal).
struct Commits: HoldableCalls {
    private static let text = Array("\0COMMIT\0".utf8)
    /// How the transactions of a connection begin that only reads.
    private static let reading = Array("\0BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY\0".utf8)
    private var binding: [UInt8]?
    private var isReader = false

    mutating func include(_ sent: ArraySlice<UInt8>) -> Bool {
        // A byte for the kind of message, four for its length.
        let body = sent.dropFirst(5)
        switch sent.first {
        case UInt8(ascii: "P"):
            let name = body.prefix { $0 != 0 }
            let statement = body.dropFirst(name.count)
            isReader = isReader || statement.starts(with: Self.reading)
            guard !isReader, statement.starts(with: Self.text) else { return false }
            binding = [0] + name + [0]
            return true
        case UInt8(ascii: "B"): return binding.map { body.starts(with: $0) } ?? false
        default: return false
        }
    }
}
