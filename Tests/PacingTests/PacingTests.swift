import ConnectionThreads
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

    @Test(.timeLimit(.minutes(1))) func onAThreadOfItsOwnToo() async {
        await WorkThread.start("test") {
            let wakeUp = WakeUp()
            await wakeUp.wait(atMost: .milliseconds(5))
            Task.detached { wakeUp.signal() }
            await wakeUp.wait(atMost: .seconds(3_600))
            wakeUp.signal()
            await wakeUp.wait(atMost: .seconds(3_600))
            // The deadline of an earlier wait ends no later one.
            let signal = Task.detached { wakeUp.signal() }
            await wakeUp.wait(atMost: .milliseconds(20))
            await signal.value
            // Where it came too late for that wait, it is kept.
            wakeUp.signal()
            await wakeUp.wait()
            let begun = ContinuousClock.now
            await wakeUp.wait(atMost: .milliseconds(100))
            #expect(ContinuousClock.now - begun >= .milliseconds(90))
        }.value
    }
}
