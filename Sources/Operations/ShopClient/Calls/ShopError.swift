import VisibleText

/// Why a service did not do what it was asked.
package enum ShopError: Error, Sendable, CustomStringConvertible {
    case refused(Refusal)
    /// Nobody is there: it was surely not done.
    case unreachable(String)
    /// Whether it was done is not known.
    case unknown(String)
    /// It was answered, by something that is no service of ours.
    case senseless(String)

    /// What to do where nobody knows.
    package static let mayBeDone = "it may have been done: look, before you say it again"

    /// Whether it may be otherwise in a while, all by itself.
    package var isPassing: Bool {
        switch self {
        case .refused(let refusal): refusal.status == 429 || refusal.status >= 500
        case .unreachable, .unknown: true
        case .senseless: false
        }
    }

    /// Whether it may have been done, where it changes something.
    var leavesOpen: Bool {
        switch self {
        case .refused(let refusal): refusal.leavesOpen
        case .unknown: true
        case .unreachable, .senseless: false
        }
    }

    package var description: String {
        switch self {
        case .refused(let refusal): refusal.text
        case .unreachable(let reason):
            """
            \(reason.printable())
              what to do: start the shop with `orderlog up`, or say with --url (ORDERLOG_URL) where it is
            """
        case .unknown(let reason):
            """
            \(reason.printable())
              what to do: \(Self.mayBeDone)
            """
        case .senseless(let reason):
            """
            \(reason.printable())
              what to do: look whether --url (ORDERLOG_URL) names the shop
            """
        }
    }
}
