import Testing

@testable import HTTPAPI

@Suite struct LogPaceTests {
    @Test func eachSecondHasItsLines() {
        let pace = LogPace(atMost: 2)
        let start = ContinuousClock.now + .seconds(10)
        #expect([0, 1, 2, 999].map { pace.takes(at: start + .milliseconds($0)) } == [true, true, false, false])
        #expect([1_000, 1_001, 1_002].map { pace.takes(at: start + .milliseconds($0)) } == [true, true, false])
    }
}
