import Synchronization
import Testing

@testable import Progress

@Suite struct ProgressTests {
    @Test func aLineSaysHowFarAndHowLong() {
        #expect(
            Progress.line(stage: "orders", done: 250, total: 1_000, elapsed: .seconds(10), withBar: false)
                == "orders  25%  250 of 1000  25/s  30 s left")
        #expect(
            Progress.line(stage: "orders", done: 1_000, total: 1_000, elapsed: .seconds(10), withBar: true)
                == "orders  [========================]  100%  1000 of 1000  100/s  0 s left")
        #expect(
            Progress.line(stage: "orders", done: 1, total: 10_000, elapsed: .seconds(1), withBar: false)
                .hasSuffix("2 h 46 min left"))
        #expect(
            Progress.line(stage: "looking", done: 3, total: 0, elapsed: .seconds(1), withBar: true) == "looking  3  3/s"
        )
    }

    @Test func workThatIsOverAtOnceShowsNothing() {
        for isTerminal in [true, false] {
            let shown = Mutex("")
            let progress = Progress(isTerminal: isTerminal) { text in shown.withLock { $0 += text } }
            progress.begin("orders", total: 2)
            progress.advance(by: 1)
            progress.advance(by: 1)
            progress.end()
            #expect(shown.withLock { $0 } == "")
        }
    }
}
