/// Waits between tries: 50 ms, doubling up to 2 s or as told, a quarter of it at random so that replicas don't try in
/// step.
package struct Backoff: Sendable {
    private var tries = 0
    private let most: Double

    /// `seconds`: the longest wait.
    package init(atMost seconds: Double = 2) {
        most = seconds * 1_000
    }

    /// How long to wait now, after one more try that failed.
    package mutating func next() -> Duration {
        let milliseconds = min(50.0 * Double(1 << min(tries, 20)), most)
        tries += 1
        return .milliseconds(milliseconds * Double.random(in: 0.75...1))
    }

    /// A try succeeded: the next wait is a short one.
    package mutating func reset() { tries = 0 }
}
