/// Waits between tries: 50 ms, doubling up to 2 s, a quarter of it at random so that replicas don't try in step.
package struct Backoff: Sendable {
    private var tries = 0

    package init() {}

    package mutating func next() -> Duration {
        let milliseconds = min(50.0 * Double(1 << min(tries, 6)), 2_000)
        tries += 1
        return .milliseconds(milliseconds * Double.random(in: 0.75...1))
    }

    package mutating func reset() { tries = 0 }
}
