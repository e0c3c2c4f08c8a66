import Pacing
import Testing

@Suite struct BackoffTests {
    @Test func growsToTwoSecondsAndStartsAnew() {
        var backoff = Backoff()
        let first = backoff.next()
        #expect(first <= .milliseconds(50) && first >= .milliseconds(37))
        for _ in 0..<20 { #expect(backoff.next() <= .seconds(2)) }
        #expect(backoff.next() >= .milliseconds(1_500))
        backoff.reset()
        #expect(backoff.next() <= .milliseconds(50))
    }
}

@Suite struct WakeUpTests {
    @Test(.timeLimit(.minutes(1))) func aSignalBeforeTheWaitIsKept() async {
        let wakeUp = WakeUp()
        wakeUp.signal()
        wakeUp.signal()
        await wakeUp.wait()
    }

    @Test(.timeLimit(.minutes(1))) func aSignalWakesTheWaiter() async {
        let wakeUp = WakeUp()
        async let waiting: Void = wakeUp.wait()
        wakeUp.signal()
        await waiting
    }

    @Test(.timeLimit(.minutes(1))) func aDeadlineEndsTheWait() async {
        let wakeUp = WakeUp()
        await wakeUp.wait(atMost: .milliseconds(5))
        async let waiting: Void = wakeUp.wait(atMost: .seconds(3_600))
        wakeUp.signal()
        await waiting
    }
}
