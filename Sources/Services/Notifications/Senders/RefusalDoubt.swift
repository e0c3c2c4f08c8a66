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
    /// How many had been taken when a recipient was refused first.
    private var takenBefore: [String: Int] = [:]

    /// Of messages that went out side by side, in which order nobody knows. Answers whether what is unclear of them is about us.
    mutating func isAboutUs(_ outcomes: [(recipient: String, outcome: Outcome)]) -> Bool {
        let before = taken
        for (recipient, outcome) in outcomes where outcome == .taken {
            taken += 1
            takenBefore[recipient] = nil
        }
        let listens = outcomes.contains { $0.outcome == .taken || $0.outcome == .ofMessage }
        if listens { refused = [] }
        for (recipient, outcome) in outcomes {
            guard case .unclear(let answer) = outcome else { continue }
            if takenBefore[recipient] == nil {
                if takenBefore.count >= Self.most { takenBefore = [:] }
                takenBefore[recipient] = before
            }
            guard !listens else { continue }
            if answer != self.answer { (self.answer, refused) = (answer, []) }
            if refused.count < Self.enough { refused.insert(recipient) }
        }
        return refused.count >= Self.enough
    }

    /// Whether others' messages were taken since this recipient was refused first.
    func othersPass(_ recipient: String) -> Bool { takenBefore[recipient].map { $0 < taken } ?? false }
}
