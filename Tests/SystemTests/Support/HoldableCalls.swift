/// Which calls on a connection a proxy may hold. It sees what the client sends, piece by piece.
protocol HoldableCalls: Sendable {
    mutating func include(_ sent: ArraySlice<UInt8>) -> Bool

    /// What stands before the last such call, where that tells it from others.
    var before: String { get }
}

/// The order service's calls to hold stock.
struct ReserveCalls: HoldableCalls {
    private static let head = Array("POST /reservations HTTP/1.1".utf8)

    let before = ""

    func include(_ sent: ArraySlice<UInt8>) -> Bool { sent.starts(with: Self.head) }
}

/// PostgreSQL's COMMIT of a transaction that may write, which our driver sends by itself, with the transaction's last statements or
/// behind them. A statement is prepared at the first time (`Parse`, with a name), and bound by that name each time (`Bind`).
struct Commits: HoldableCalls {
    /// How the transactions of a connection begin that only reads.
    private static let reading = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
    /// The text of each statement that is prepared, by its name.
    private var prepared: [[UInt8]: String] = [:]
    private var isReader = false
    /// The statement that was run last.
    private var last = ""
    private(set) var before = ""

    mutating func include(_ sent: ArraySlice<UInt8>) -> Bool {
        var rest = sent
        var isHeld = false
        // A byte for the kind of message, four for the length of the rest.
        while rest.count > 5 {
            let length = rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
            isHeld = isCommit(rest) || isHeld
            guard length >= 4, length + 1 < rest.count else { break }
            rest = rest.dropFirst(length + 1)
        }
        return isHeld
    }

    private mutating func isCommit(_ sent: ArraySlice<UInt8>) -> Bool {
        let body = sent.dropFirst(5)
        let first = body.prefix { $0 != 0 }
        let second = body.dropFirst(first.count + 1).prefix { $0 != 0 }
        switch sent.first {
        case UInt8(ascii: "P"):
            let text = String(decoding: second, as: UTF8.self)
            prepared[Array(first)] = text
            isReader = isReader || text == Self.reading
            return false
        case UInt8(ascii: "B"):
            // Behind the name of the portal, which is none, is the statement's.
            let statement = prepared[Array(second)] ?? ""
            defer { last = statement }
            guard statement == "COMMIT", !isReader else { return false }
            before = last
            return true
        default: return false
        }
    }
}
