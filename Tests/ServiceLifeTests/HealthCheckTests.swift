import ServiceLife
import Synchronization
import Telemetry
import TestClock
import Testing
import Timestamps

@Suite struct HealthCheckTests {
    /// Hundreds ask while the answer is on its way: what is asked about is asked once.
    @Test(.timeLimit(.minutes(1))) func oneQuestionServesAllWhoAsk() async {
        let asked = Mutex(0)
        let gate = Gate()
        gate.shut()
        let check = HealthCheck(
            "kafka", keptFor: .seconds(3_600),
            complaint: {
                asked.withLock { $0 += 1 }
                await gate.pass()
                return "does not answer"
            })
        let answers = await withTaskGroup(of: Complaint?.self) { group in
            for _ in 0..<500 { group.addTask { await check.complaint() } }
            // Opened by a task that comes last, so that some wait for the question and the rest finds its answer.
            group.addTask {
                gate.open()
                return await check.complaint()
            }
            return await group.reduce(into: [Complaint?]()) { $0.append($1) }
        }
        #expect(answers.count == 501 && Set(answers).count == 1)
        #expect(answers.first??.text == "does not answer")
        #expect(asked.withLock { $0 } == 1)
    }

    @Test func anAnswerIsKeptForAWhile() async {
        let asked = Mutex(0)
        let kept = HealthCheck(
            "a", keptFor: .seconds(3_600),
            complaint: {
                asked.withLock {
                    $0 += 1; return "\($0)"
                }
            })
        #expect(await kept.complaint()?.text == "1")
        #expect(await kept.complaint()?.text == "1")
        let fresh = HealthCheck(
            "a", keptFor: .zero,
            complaint: {
                asked.withLock {
                    $0 += 1; return "\($0)"
                }
            })
        #expect(await fresh.complaint()?.text == "2")
        #expect(await fresh.complaint()?.text == "3")
    }

    @Test func aComplaintSaysSinceWhen() async {
        let text = Mutex<String?>("away")
        let check = HealthCheck("a", keptFor: .zero, complaint: { text.withLock { $0 } })
        let first = await check.complaint()
        text.withLock { $0 = "still away" }
        #expect(await check.complaint() == first.map { Complaint("still away", since: $0.since) })
        text.withLock { $0 = nil }
        #expect(await check.complaint() == nil)
    }
}

@Suite struct HealthReportTests {
    @Test func tellsTheOldestComplaintFirst() {
        let report = HealthReport("outbox")
        #expect(report.complaint == nil)
        report.complain("12 events wait", about: "orders, partition 3", since: Timestamp(milliseconds: 2_000))
        report.complain("refused", about: "inventory", since: Timestamp(milliseconds: 1_000))
        report.complain("13 events wait", about: "orders, partition 3")
        #expect(
            report.complaint
                == Complaint(
                    "inventory: refused; orders, partition 3: 13 events wait", since: Timestamp(milliseconds: 1_000)))
        report.isWell(about: "inventory")
        #expect(report.complaint?.since == Timestamp(milliseconds: 2_000))
        report.isWell(about: "orders, partition 3")
        report.isWell()
        #expect(report.complaint == nil)
    }

    @Test func aThousandComplaintsAreFew() {
        let report = HealthReport("group")
        for number in 0..<1_000 { report.complain("blocked", about: "partition \(number)") }
        #expect(report.complaint?.text.hasSuffix("; and 997 more") == true)
    }
}
