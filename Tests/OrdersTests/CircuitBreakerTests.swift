import Testing

@testable import Orders

@Suite struct CircuitBreakerTests {
    private let start = ContinuousClock.now

    @Test func itOpensAfterThreeFailuresInARow() {
        let breaker = CircuitBreaker()
        #expect(!breaker.failed(now: start))
        #expect(!breaker.failed(now: start))
        #expect(!breaker.succeeded())
        #expect(!breaker.failed(now: start) && !breaker.failed(now: start))
        #expect(breaker.pass(now: start) == .free)
        #expect(breaker.failed(now: start))
        #expect(breaker.isOpen)
        #expect(breaker.pass(now: start) == nil)
    }

    @Test func oneTrialASecondUntilOneSucceeds() {
        let breaker = CircuitBreaker()
        for _ in 0..<3 { _ = breaker.failed(now: start) }
        #expect(breaker.pass(now: start + .milliseconds(999)) == nil)
        #expect(breaker.pass(now: start + .seconds(1)) == .trial)
        #expect(breaker.pass(now: start + .seconds(1)) == nil)
        #expect(!breaker.failed(now: start + .seconds(2)))
        #expect(breaker.pass(now: start + .milliseconds(2_500)) == nil)
        #expect(breaker.pass(now: start + .seconds(3)) == .trial)
        #expect(breaker.succeeded())
        #expect(breaker.pass(now: start + .seconds(3)) == .free)
    }
}
