/// What came of a run, so far or in the end.
package struct Placed: Sendable {
    /// Of a second.
    package struct Second: Sendable {
        /// Since the run began; that of the warm-up are below zero.
        package var number: Int
        package var answered = 0
        /// Without answer, or refused.
        package var wrong = 0
        /// Nanoseconds.
        package var p50: UInt64 = 0
        package var p99: UInt64 = 0
        package var maximum: UInt64 = 0
    }

    /// An accepted order.
    package struct Sample: Sendable {
        package var order: UInt128
        /// When its answer was here, in milliseconds since 1970.
        package var at: Int64
    }

    /// Of all, the warm-up's too.
    package internal(set) var all = Tally()
    /// Without the warm-up.
    package internal(set) var measured = Tally()
    /// The sum of the ids of all accepted orders, by which two sets of them are compared.
    package internal(set) var sum: UInt128 = 0
    /// How often each draft was accepted, and how often nobody knows.
    package internal(set) var acceptedDrafts: [Int]
    package internal(set) var unknownDrafts: [Int]
    /// Requests of which nobody knows whether the order was placed.
    package internal(set) var unknown = 0
    package internal(set) var latency = LatencyHistogram()
    package internal(set) var seconds: [Second] = []
    package internal(set) var samples: [Sample] = []
    /// One of so many accepted orders is a sample.
    package internal(set) var sampledEvery = 1
    /// Nanoseconds of the measured time, until the last request was due, or answered where each follows an answer.
    package internal(set) var elapsed: UInt64 = 0
    /// Milliseconds since 1970 when the first request was due.
    package internal(set) var began: Int64 = 0
    package internal(set) var wasStopped = false

    init(drafts: Int) {
        acceptedDrafts = Array(repeating: 0, count: drafts)
        unknownDrafts = acceptedDrafts
    }

    /// Keeps samples evenly spread: when there are too many, every other goes.
    mutating func sample(_ order: UInt128, at now: Int64, most: Int) {
        guard most > 0, measured.accepted % sampledEvery == 0 else { return }
        if samples.count >= most {
            samples = samples.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
            sampledEvery *= 2
            guard measured.accepted % sampledEvery == 0 else { return }
        }
        samples.append(Sample(order: order, at: now))
    }
}
