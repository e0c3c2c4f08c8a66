import Testing

@testable import Audit

/// What becomes of findings: the counts, the exit code, and the first of each check by name.
@Suite struct AuditReportTests {
    private func finding(_ number: Int, isInFlight: Bool = false, isUnknown: Bool = false) -> AuditFinding {
        AuditFinding(
            check: .events, subject: "order \(number)", problem: "p", isInFlight: isInFlight, isUnknown: isUnknown)
    }

    @Test func whatMayAgreeInAMomentIsNoFailure() {
        var report = AuditReport()
        report.add(finding(1, isInFlight: true))
        #expect(report.exitCode == 0 && report.inFlight == 1 && report.lines[.events]?.offenders == [])
    }

    @Test func whatCantBeToldIsNoFailureAndNoSuccess() {
        var report = AuditReport()
        report.add(finding(1, isUnknown: true))
        #expect(report.exitCode == 2)
        report.add(finding(2))
        #expect(report.exitCode == 1 && report.wrong == 1 && report.unknown == 1)
    }

    @Test func twentyOffendersAreNamedAndTheOthersCounted() {
        var (report, other) = (AuditReport(), AuditReport())
        for number in 0..<15 { report.add(finding(number)) }
        for number in 15..<30 { other.add(finding(number)) }
        report.add(other)
        #expect(report.wrong == 30)
        #expect(report.lines[.events]?.offenders.map(\.subject) == (0..<20).map { "order \($0)" })
        #expect(report.remarks.contains("  and 10 more"))
    }
}
