import Foundation
import HTTPClient
import Testing

@testable import Load

enum ShopCallsFixture {
    static func findings(_ placed: Placed, _ plan: LoadPlan) async -> [Finding] {
        let http = HTTPClient(log: { _ in })
        let calls = ShopCalls(orders: plan.target, inventory: nil, notification: nil, key: nil, http: http)
        let findings = await calls.findings(
            placed, plan, isMarked: false, before: [:], samples: Told(), until: .now)
        await http.close()
        return findings
    }
}

@Suite struct ReportTests {
    private func report(_ answer: @escaping @Sendable (FakeTarget.Request) -> FakeTarget.Reply) async throws
        -> LoadReport
    {
        let target = try FakeTarget(answer)
        var plan = LoadPlan(
            target: try #require(Target(target.url)), drafts: [OrderDraft(body: Array("{}".utf8))], mark: "mark")
        plan.orders = 20
        plan.idempotent = 0
        let placed = try await Load.run(plan, stop: { false }, measuring: {}, told: { _ in })
        var report = LoadReport(plan: plan, placed: placed, told: Told())
        report.processes = [.init(pid: 7, name: "shop", cpuMilliseconds: 40, resident: 1 << 20, isLoad: false)]
        report.findings = [Finding("stored", .holds, "20 = 20")]
        return report
    }

    @Test func jsonHasAllOfIt() async throws {
        let report = try await report { .order($0.number) }
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(report.json())) as? [String: Any])
        #expect(
            Set(json.keys) == [
                "target", "mode", "rate", "connections", "stopped", "elapsed_us", "accepted_per_second", "measured",
                "with_warm_up", "unknown_outcome", "request_us", "told_us", "told_tenths_us", "told_sampled_every",
                "told_missing",
                "told_complaint", "processes", "checks", "seconds",
            ])
        #expect((json["measured"] as? [String: Any])?["accepted"] as? Int == 20)
        #expect(
            Set((json["request_us"] as? [String: Any] ?? [:]).keys) == ["count", "p50", "p90", "p99", "p99.9", "max"])
        #expect((json["processes"] as? [[String: Any]])?.first?["cpu_us_an_order"] as? Int == 2_000)
        #expect((json["checks"] as? [[String: Any]])?.first?["verdict"] as? String == "holds")
        #expect(report.exitCode == 0)
    }

    @Test func thePageIsWholeInItself() async throws {
        let page = try await report { .problem(409, type: "<script>\($0.number % 2)") }.html
        #expect(page.contains("<svg"))
        #expect(!page.contains("<script"))
        #expect(!page.contains("src="))
        #expect(!page.contains("href="))
        #expect(page.contains("409 &lt;script&gt;1"))
    }

    @Test func exitCodes() async throws {
        #expect(try await report { .problem(409, type: "\($0.number / 20)") }.exitCode == 0)
        #expect(try await report { .problem(503, type: "\($0.number / 20)") }.exitCode == 1)
        #expect(try await report { _ in .hangUp }.exitCode == 1)
        var disagreeing = try await report { .order($0.number) }
        disagreeing.findings.append(Finding("told", .unknown, "say --notification"))
        #expect(disagreeing.exitCode == 0)
        disagreeing.findings.append(Finding("stock", .disagrees, "1 unit"))
        #expect(disagreeing.exitCode == 1)
    }

    @Test func progressSaysHowFarItIs() {
        var placed = Placed(drafts: 1)
        placed.seconds = (0..<5).map { Placed.Second(number: $0, answered: 100, p50: 1_200_000, p99: 3_000_000) }
        let line = LoadProgress.line(placed, placed.seconds[4], seconds: 10, orders: nil)
        #expect(line == "[============            ]  5 of 10 s  100/s  p50 1.2 ms  p99 3 ms  0 failed  0 refused")
        let last = LoadProgress.line(placed, placed.seconds[4], seconds: 4, orders: nil)
        #expect(last.hasPrefix("[========================]  4 of 4 s"))
        #expect(LoadProgress.fitted(line, columns: 40) == "[============            ]  5 of 10 s  ")
        #expect(LoadProgress.fitted(line, columns: 200) == line)
        #expect(LoadProgress.fitted(line, columns: nil) == line)
    }
}
