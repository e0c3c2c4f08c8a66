import Testing

@testable import Status

@Suite("How the shop is")
struct StatusTests {
    private static let well = """
        # TYPE orderlog_outbox_waiting gauge
        process_start_time_seconds 1000.5
        orderlog_build_info{version="1.2",commit="a\\"b\\\\c"} 1.0
        orderlog_lease_held 1
        orderlog_outbox_waiting 3
        orderlog_outbox_oldest_age_seconds 0.25
        orderlog_outbox_refused 0
        orderlog_dead_letters_waiting{topic="orders.dlq"} 0
        orderlog_group_lag_records{group="notification-service"} 2
        orderlog_group_lag_seconds{group="notification-service"} 0.5
        # EOF
        """

    private static func replica(_ service: String, _ metrics: String = well) -> ReplicaStatus {
        var replica = ReplicaStatus(service: service, address: "unix:\(service).sock")
        replica.metrics = MetricSamples(metrics)
        return replica
    }

    @Test("is read from the text of metrics, with labels that hold anything")
    func samples() {
        let samples = MetricSamples(Self.well + "\nbroken{a=\"b 1\nlast{le=\"+Inf\"} +Inf 12.5\n")
        #expect(samples.all("orderlog_build_info").first?.labels == ["version": "1.2", "commit": "a\"b\\c"])
        #expect(samples.value("last") == .infinity)
        #expect(samples.value("broken") == nil)
        #expect(samples.value("orderlog_outbox_waiting") == 3)
    }

    @Test("is well where nothing waits for long")
    func well() {
        let report = StatusReport([Self.replica("order"), Self.replica("inventory")])
        #expect(report.isWell)
        #expect(report.advice.isEmpty)
        let text = report.text(at: 1_300)
        #expect(text.hasPrefix("order      ok     up 4 min  1.2 (a\"b\\c)  unix:order.sock  publishes"))
        #expect(text.contains(/events of order +3  0 s\n/))
        #expect(text.hasSuffix("\n\nAll is well."))
    }

    @Test(
        "is a reason to look where something waits, is refused or is dead",
        arguments: [
            ("orderlog_outbox_oldest_age_seconds 31", "events-wait"), ("orderlog_outbox_refused 1", "events-refused"),
            ("orderlog_dead_letters_waiting{topic=\"orders.dlq\"} 2", "dead-letters"),
            ("orderlog_group_lag_seconds{group=\"notification-service\"} 90", "group-behind"),
        ])
    func late(line: String, page: String) {
        let name = line.prefix { $0 != " " }
        let lines = Self.well.split(separator: "\n").filter { !$0.hasPrefix(name) } + [Substring(line)]
        let report = StatusReport([Self.replica("order", lines.joined(separator: "\n")), Self.replica("inventory")])
        #expect(!report.isWell)
        #expect(report.advice.count == 1)
        #expect(report.advice.first?.hasSuffix("docs/runbooks/\(page).md") == true)
        #expect(report.text(at: 0).contains("LOOK"))
    }

    @Test("is a reason to look where a clock is off")
    func clock() {
        var replica = Self.replica("order")
        replica.read(metrics: Self.well + "\norderlog_clock_offset_seconds -61.5\n")
        let report = StatusReport([replica])
        #expect(report.text(at: 1_300).contains("clock: it is 61 s behind those of its database"))
        #expect(report.advice.first?.hasSuffix("docs/runbooks/clock-off.md") == true && !report.isWell)
        replica = Self.replica("order")
        replica.read(metrics: Self.well + "\norderlog_clock_offset_seconds 0.5\n")
        #expect(StatusReport([replica]).isWell)
    }

    @Test("says which service is silent, and what is in trouble since when")
    func trouble() {
        var silent = ReplicaStatus(service: "inventory", address: "http://127.0.0.1:9081")
        silent.silence = "nobody listens"
        var troubled = Self.replica("order")
        let time = "2026-11-30T02:59:59.000Z"
        troubled.lastError = .init(time: time, message: "Kafka can't be reached", error: "no answer")
        troubled.troubles = [.init(check: "log", text: "Kafka is away", since: "2026-11-30T03:00:00.000Z")]
        let report = StatusReport([troubled, silent])
        let text = report.text(at: 1_010)
        #expect(text.contains("    log since 2026-11-30T03:00:00.000Z: Kafka is away\n"))
        #expect(text.contains("inventory  DOWN  http://127.0.0.1:9081: nobody listens\n"))
        #expect(text.contains("    last error \(time): Kafka can't be reached: no answer\n"))
        #expect(report.advice.count == 2)
        let json = String(decoding: report.json, as: UTF8.self)
        #expect(json.contains(#""status":"down","detail":"nobody listens""#))
        #expect(
            json.contains(#""troubles":[{"check":"log","detail":"Kafka is away","since":"2026-11-30T03:00:00.000Z"}]"#))
        #expect(json.contains(#""version":"1.2","commit":"a\"b\\c""#))
        #expect(
            json.contains(
                ##""last_error":{"time":"\##(time)","message":"Kafka can't be reached","error":"no answer"}"##))
    }
}
