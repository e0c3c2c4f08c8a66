/// Tells whom a refusal is about whose words fit both its message's recipient and ourselves: a login that is missing, an address that was
/// set wrongly. Where a second, different recipient gets the same answer, and nothing was taken between the two, it is about us, and all
/// messages wait. What others pass is about the recipient. Decides, and does nothing.
struct RefusalDoubt {
    /// What became of a message.
    enum Outcome: Equatable {
        case taken
        /// Refused for what it is, or for whom: to others the server listens.
        case ofMessage
        /// Refused, and the answer does not say why.
        case unclear(answer: String)
        /// Nothing was heard of it, or nothing new.
        case silent
    }

    /// Recipients that are remembered.
    private static let most = 1_000
    /// From so many on, nobody doubts any more.
    private static let enough = 2

    private var answer = ""
    /// Who got it last, in a row.
    private var refused: Set<String> = []
    /// Messages, in all.
    private var taken = 0
    /// A recipient who is refused while we are not.
    private struct Refused {
        /// Messages that had been taken by the end of the batch in which that began.
        var takenThen: Int
        var since: ContinuousClock.Instant
        var times = 0
    }
    private var recipients: [String: Refused] = [:]
    /// Where others are taken meanwhile, who is refused so often, over so long, is refused for good.
    static let times = 8
    private let patience: Duration

    init(patience: Duration = .seconds(120)) { self.patience = patience }

    /// Of messages that went out side by side, in which order nobody knows. Answers whether what is unclear of them is about us.
    mutating func isAboutUs(
        _ outcomes: [(recipient: String, outcome: Outcome)], at now: ContinuousClock.Instant = .now
    ) -> Bool {
        for (recipient, outcome) in outcomes where outcome == .taken {
            taken += 1
            recipients[recipient] = nil
        }
        let listens = outcomes.contains { $0.outcome == .taken || $0.outcome == .ofMessage }
        if listens { refused = [] }
        for (recipient, outcome) in outcomes {
            // Whom others have long passed shows nothing of us.
            guard case .unclear(let answer) = outcome, !listens, !othersPass(recipient) else { continue }
            if answer != self.answer { (self.answer, refused) = (answer, []) }
            if refused.count < Self.enough { refused.insert(recipient) }
        }
        let isAboutUs = refused.count >= Self.enough
        for (recipient, outcome) in outcomes {
            guard case .unclear = outcome else { continue }
            // What we are refused counts for nobody.
            if isAboutUs { recipients[recipient] = nil } else { note(recipient, at: now) }
        }
        return isAboutUs
    }

    private mutating func note(_ recipient: String, at now: ContinuousClock.Instant) {
        if recipients[recipient] == nil, recipients.count >= Self.most { recipients = [:] }
        recipients[recipient, default: Refused(takenThen: taken, since: now)].times += 1
    }

    /// Whether others' messages were taken since this recipient was refused first.
    func othersPass(_ recipient: String) -> Bool { recipients[recipient].map { $0.takenThen < taken } ?? false }

    /// Whether nothing is to be hoped for: others pass, and this recipient was refused again and again, not only while we were.
    func isHopeless(_ recipient: String, at now: ContinuousClock.Instant = .now) -> Bool {
        guard othersPass(recipient), let refused = recipients[recipient] else { return false }
        return refused.times >= Self.times && now - refused.since >= patience
    }
}
