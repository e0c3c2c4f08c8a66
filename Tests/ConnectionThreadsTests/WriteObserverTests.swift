import ConnectionThreads
import Testing

struct WriteObserverTests {
    /// A closure that is wrapped once more at each call overflows the stack long before.
    @Test func hearsTheLastOfAMillionTransactionsAsItHeardTheFirst() {
        let observer = WriteObserver()
        nonisolated(unsafe) var heard = 0
        observer.set { times in heard += times.writes }
        for _ in 0..<1_000_000 {
            observer.note(WriteTimes(wait: .zero, run: .zero, commit: .zero, writes: 1))
        }
        #expect(heard == 1_000_000)
    }

    @Test func nobodyNeedsToListen() {
        WriteObserver().note(WriteTimes(wait: .zero, run: .zero, commit: .zero, writes: 1))
    }
}
