/// Whole requests, ready to be sent, so that sending one costs no more than the call that does it.
struct PreparedRequests: Sendable {
    struct Place: Sendable {
        var offset: Int
        var length: Int
    }

    /// The name of this run in each Idempotency-Key.
    private let mark: String
    private(set) var bytes: [UInt8] = []
    private(set) var plain: [Place] = []
    private(set) var keyed: [Place] = []
    /// Where the sixteen digits of the key stand, from the request's begin.
    let digitsAt: Int

    /// - Parameter headers: Whole lines, each with its end.
    init(_ drafts: [OrderDraft], target: Target, headers: String, mark: String) {
        self.mark = mark
        let begin = "POST \(target.path) HTTP/1.1\r\nHost: \(target.authority)\r\nIdempotency-Key: \(mark)-"
        digitsAt = begin.utf8.count
        for draft in drafts {
            let rest =
                "Content-Type: application/json\r\n\(headers)Content-Length: \(draft.body.count)\r\n\r\n"
            plain.append(
                add("POST \(target.path) HTTP/1.1\r\nHost: \(target.authority)\r\n\(rest)", draft.body))
            keyed.append(add("\(begin)0000000000000000\r\n\(rest)", draft.body))
        }
    }

    private mutating func add(_ head: String, _ body: [UInt8]) -> Place {
        let offset = bytes.count
        bytes += Array(head.utf8) + body
        return Place(offset: offset, length: bytes.count - offset)
    }
}
