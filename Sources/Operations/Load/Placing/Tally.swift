/// What came of the orders.
package struct Tally: Sendable {
    /// Why a request has no answer.
    package enum Failure: String, Sendable, CaseIterable {
        /// There was no connection.
        case connect
        /// No answer came in time. The order may have been placed.
        case deadline
        /// The connection ended before the answer did. The order may have been placed.
        case reset
        /// What came is no HTTP answer.
        case unreadable
        /// Every connection was busy until the request's time was over: it was never sent.
        case unsent
    }

    /// An answer other than 201 or 200.
    package struct Refusal: Sendable, Hashable {
        package var status: Int
        /// The `type` of its problem document; empty: it has none.
        package var problem: String
    }

    /// Kinds of refusals that are told apart; further ones count by their status.
    private static let kinds = 64

    /// New orders that were answered with 201, or 200.
    package internal(set) var accepted = 0
    /// Requests with the key of an order that was accepted, and the same answer as before.
    package internal(set) var repeated = 0
    /// Those with another answer.
    package internal(set) var repeatedWrongly = 0
    package internal(set) var refused: [Refusal: Int] = [:]
    package internal(set) var failed: [Failure: Int] = [:]

    package init() {}

    package var refusals: Int { refused.values.reduce(0, +) }
    package var failures: Int { failed.values.reduce(0, +) }
    package var answered: Int { accepted + repeated + repeatedWrongly + refusals }

    mutating func refuse(_ status: Int, _ problem: String) {
        let kind = Refusal(status: status, problem: problem)
        let isKnown = refused[kind] != nil || refused.count < Self.kinds
        refused[isKnown ? kind : Refusal(status: status, problem: ""), default: 0] += 1
    }

    mutating func fail(_ kind: Failure) { failed[kind, default: 0] += 1 }
}
