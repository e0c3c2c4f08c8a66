import Testing

@testable import Notifications

/// When a server is asked, and how often while it is away.
@Suite struct CircuitBreakerTests {
    private let now = ContinuousClock.now
    private let away = SendFailure("away", .everything)

    @Test func aServerThatTakesNothingIsAskedByOneAndMoreAndMoreRarely() {
        var breaker = CircuitBreaker()
        #expect(breaker.pause(at: now) == nil && breaker.limit == nil)
        #expect(breaker.note([away, away], at: now) == .opened)
        var at = now
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            #expect(breaker.pause(at: at) == .seconds(seconds))
            at += .seconds(seconds)
            #expect(breaker.pause(at: at) == nil && breaker.limit == 1)
            #expect(breaker.note([away], at: at) == .none)
        }
        #expect(breaker.note([nil], at: at) == .closed(after: .seconds(183)))
        #expect(breaker.pause(at: at) == nil && breaker.limit == nil)
        #expect(breaker.note([away], at: at) == .opened)
        #expect(breaker.pause(at: at) == .seconds(1), "it begins anew")
    }

    /// A message that no server would take says nothing about the server, nor does one of several that fails.
    @Test(arguments: [
        [SendFailure("gone", .message)], [SendFailure("full", .messageForNow)],
        [nil, SendFailure("dropped", .everything)],
    ]) func whatIsOneMessagesOwnIsNot(_ outcomes: [SendFailure?]) {
        var breaker = CircuitBreaker()
        #expect(breaker.note(outcomes, at: now) == .none)
        #expect(breaker.pause(at: now) == nil && breaker.limit == nil)
    }

    @Test func aServerSaysWhenItWantsToBeAskedAgain() {
        var breaker = CircuitBreaker()
        let busy = SendFailure("429", .everything, retryAfter: .seconds(30))
        #expect(breaker.note([nil, busy], at: now) == .none)
        #expect(breaker.pause(at: now) == .seconds(30) && breaker.limit == nil)
        #expect(breaker.note([busy], at: now) == .opened)
        #expect(breaker.pause(at: now) == .seconds(30))
    }

    @Test func oneMessagesOwnWaitIsNoOthers() {
        var breaker = CircuitBreaker()
        #expect(breaker.note([nil, SendFailure("409", .messageForNow, retryAfter: .seconds(3_600))], at: now) == .none)
        #expect(breaker.pause(at: now) == nil)
    }

    @Test func aRateLetsATenthOfASecondsWorthThroughAndThenAsManyAsComeBack() {
        var rate = SendingRate(perSecond: 100)
        #expect(rate.allowed(at: now) == 10 && rate.pause(at: now) == nil)
        rate.take(10, at: now)
        #expect(rate.allowed(at: now) == 0 && rate.pause(at: now) == .milliseconds(10))
        #expect(rate.allowed(at: now + .milliseconds(35)) == 3)
        rate.take(3, at: now + .milliseconds(35))
        #expect(rate.pause(at: now + .milliseconds(35)) == .milliseconds(5))
        #expect(rate.allowed(at: now + .seconds(60)) == 10)
        #expect(SendingRate(perSecond: 1).allowed(at: now) == 1)
    }
}
