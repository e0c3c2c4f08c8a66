/// Something that must hold, and whether it does.
package struct Finding: Sendable {
    package enum Verdict: String, Sendable {
        case holds, disagrees
        /// It could not be looked at; the detail says why.
        case unknown
    }

    /// As JSON has it: `stored`.
    package var name: String
    package var verdict: Verdict
    /// Both sides, for people.
    package var detail: String

    package init(_ name: String, _ verdict: Verdict, _ detail: String) {
        self.name = name
        self.verdict = verdict
        self.detail = detail
    }
}

/// A set of orders: how many, and the sum of their ids. Two that have both alike are the same set, for all that chance can do.
struct OrderSet: Equatable {
    var count = 0
    var sum: UInt128 = 0

    mutating func insert(_ order: UInt128) {
        count += 1
        sum &+= order
    }
}
