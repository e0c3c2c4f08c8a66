/// What is done to whom, and when: drawn from a seed, so that the same seed makes the same plan.
struct ChaosPlan: Sendable {
    enum Blow: Sendable, Hashable {
        /// kill -9, and down for a while.
        case kill(down: Duration)
        /// SIGSTOP until SIGCONT.
        case stall(Duration)
    }

    struct Step: Sendable, Hashable {
        /// After the last step's end.
        var wait: Duration
        var blow: Blow
    }

    /// The steps of each target.
    private(set) var steps: [String: [Step]] = [:]

    init(seed: UInt64, targets: [String], steps count: Int) {
        var random = SplitMix64(state: seed)
        for target in targets {
            steps[target] = (0..<count).map { _ in
                let wait = Duration.milliseconds(Int.random(in: 2_000...14_000, using: &random))
                let isKill = Int.random(in: 0..<10, using: &random) < 6
                let blow: Blow =
                    isKill
                    ? .kill(down: .milliseconds(Int.random(in: 0...3_000, using: &random)))
                    : .stall(.milliseconds(Int.random(in: 1_000...20_000, using: &random)))
                return Step(wait: wait, blow: blow)
            }
        }
    }
}

/// S. Vigna's SplitMix64: small, and the same everywhere.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
