import EventLog
import Foundation
import TestBroker
import Testing

/// One order, followed through three services and Kafka, as a collector of OpenTelemetry sees it.
@Suite(
    .serialized,
    .enabled(if: TestBroker.isAvailable, "needs Kafka in KAFKA_HOME"),
    .enabled(if: Collector.executable != nil, "needs otelcol, whose path OTELCOL says"))
struct TracesTests {
    /// What each order's trace has, whatever it shared a batch with.
    private static let shape = [
        "inventory: POST /reservations", "inventory: process", "notification: process", "notification: send message",
        "notification: send message", "order: POST /orders", "order: POST /reservations", "order: send",
        "order: transaction", "order: wait for reserve call", "order: wait for transaction",
    ]

    /// A caller's trace.
    private struct Caller {
        let number: Int
        let trace: String
        let span: String
        let isRecorded: Bool

        init(_ number: Int, isRecorded: Bool = true) {
            let digits = String(format: "%04x", number + 1)
            trace = String(repeating: digits, count: 8)
            span = String(repeating: digits, count: 4)
            (self.number, self.isRecorded) = (number, isRecorded)
        }

        var headers: [(name: String, value: String)] {
            [
                ("traceparent", "00-\(trace)-\(span)-0\(isRecorded ? 3 : 2)"),
                ("tracestate", "shop=\(trace.prefix(4))"),
                ("content-type", "application/json"),
            ]
        }
    }

    private func withTracedShop(_ body: (Shop, Collector) async throws -> Void) async throws {
        let collector = try Collector()
        defer { collector.stop() }
        try await collector.ready()
        try await withBroker { broker in
            let shop = try await Shop(
                .kafka, kafka: broker.address,
                environment: [
                    "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "100",
                    "OTEL_TRACES_SAMPLER": "parentbased_always_off",
                ])
            try await withShop(shop) { try await body($0, collector) }
        }
    }

    /// Once it has all of its spans.
    private func trace(_ caller: Caller, _ collector: Collector) async throws -> [Collector.Span] {
        try await eventually("the trace \(caller.trace) is whole", within: .seconds(60)) {
            let spans = collector.spans.filter { $0.trace == caller.trace }
            return Self.summaries(spans) == Self.shape ? spans : nil
        }
    }

    /// Without inventory's transaction, which is the call's and not each order's.
    private static func summaries(_ spans: [Collector.Span]) -> [String] {
        spans.map(\.summary).filter { $0 != "inventory: transaction" && $0 != "inventory: wait for transaction" }
            .sorted()
    }

    /// A message that waits keeps its trace, and not what tracing systems say to each other.
    private static func states(_ spans: [Collector.Span]) -> Set<String> {
        Set(spans.filter { $0.name != "send message" }.map(\.state))
    }

    @Test func anOrdersTraceIsWhole() async throws {
        try await withTracedShop { shop, collector in
            var caller = Caller(0)
            // A trace of one that was answered at once: a 503, which a busy machine may get, is asked for again as another.
            let reply = try await eventually("an order", within: .seconds(60)) {
                let reply = try await shop.caller.call(
                    "POST", shop.order + "/orders", Shop.orderBody([("PROD-001", 1)]), headers: caller.headers)
                if reply.status == 201 { return reply }
                caller = Caller(caller.number + 1)
                return nil
            }
            #expect(reply.header("x-request-id") == caller.trace)
            let order = try #require(reply.string("order_id"))
            let spans = try await trace(caller, collector)

            // One tree, below the caller's span.
            let ids = Set(spans.map(\.id))
            #expect(spans.filter { !ids.contains($0.parent) }.allSatisfy { $0.parent == caller.span })
            #expect(Self.states(spans) == ["shop=0001"])
            func one(_ summary: String) throws -> Collector.Span {
                try #require(spans.first { $0.summary == summary }, "\(summary)")
            }
            let request = try one("order: POST /orders")
            #expect(request.parent == caller.span && request.kind == "Server")
            #expect(request.attributes["http.response.status_code"] == "201")
            let call = try one("order: POST /reservations")
            #expect(call.parent == request.id && call.kind == "Client")
            #expect(try one("inventory: POST /reservations").parent == call.id)
            #expect(try one("order: transaction").parent == request.id)
            let sent = try one("order: send")
            #expect(sent.kind == "Producer" && sent.attributes["messaging.system"] == "kafka")
            #expect(
                try one("notification: process").attributes["messaging.kafka.offset"]
                    == sent.attributes["messaging.kafka.offset"])
            #expect(spans.filter { $0.kind == "Consumer" }.count == 2)
            let told = Set(
                try await shop.notifications(of: order, count: 2).compactMap { $0["notification_id"] as? String })
            let messages = spans.filter { $0.name == "send message" }
            #expect(Set(messages.compactMap { $0.attributes["orderlog.notification.id"] }) == told)
            #expect(Set(messages.compactMap { $0.attributes["orderlog.channel"] }) == ["email", "sms"])
        }
    }

    @Test func concurrentOrdersKeepTheirTracesApart() async throws {
        try await withTracedShop { shop, collector in
            // Every fourth is recorded by nobody.
            let callers = (0..<40).map { Caller($0, isRecorded: $0 % 4 != 3) }
            let address = shop.order
            let client = shop.caller
            let orders = try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for (number, caller) in callers.enumerated() {
                    group.addTask {
                        let reply = try await client.call(
                            "POST", address + "/orders", Shop.orderBody([("PROD-001", 1)]), headers: caller.headers)
                        #expect([201, 503].contains(reply.status) && reply.header("x-request-id") == caller.trace)
                        return (number, reply.string("order_id") ?? "")
                    }
                }
                return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1.isEmpty ? nil : $1.1 }
            }
            // On a busy machine inventory may not answer all of them in time.
            #expect(orders.count >= 20)
            let placed = callers.filter { orders[$0.number] != nil }
            for caller in placed where caller.isRecorded {
                let number = caller.number
                let spans = try await trace(caller, collector)
                #expect(spans.filter { $0.name == "POST /orders" }.map(\.parent) == [caller.span])
                #expect(Self.states(spans) == ["shop=\(caller.trace.prefix(4))"])
                let told = Set(
                    try await shop.notifications(of: orders[number] ?? "", count: 2)
                        .compactMap { $0["notification_id"] as? String })
                #expect(Set(spans.compactMap { $0.attributes["orderlog.notification.id"] }) == told)
            }
            // What was done for several has a trace of its own, and links to theirs.
            let all = try await eventually("batches, and what they link to", within: .seconds(60)) {
                let all = collector.spans
                let batches = all.filter { $0.attributes["orderlog.batch.size"] != nil }
                return batches.isEmpty || batches.contains { $0.links.isEmpty } ? nil : all
            }
            let recorded = Set(callers.filter(\.isRecorded).map(\.trace))
            #expect(all.allSatisfy { span in !callers.contains { $0.trace == span.trace && !$0.isRecorded } })
            let batches = all.filter { $0.attributes["orderlog.batch.size"] != nil }
            #expect(!batches.isEmpty && batches.allSatisfy { !recorded.contains($0.trace) })
            // One of inventory's transactions may serve several calls, which are batches themselves.
            let known = recorded.union(batches.map(\.trace))
            #expect(batches.allSatisfy { !$0.links.isEmpty && known.isSuperset(of: $0.links) })
            // Events name their own orders' traces.
            for caller in placed {
                let number = caller.number
                let events = try await shop.events(of: orders[number] ?? "")
                #expect(events.first?.header("traceparent")?.contains(caller.trace) == true)
                #expect(events.first?.header("tracestate") == "shop=\(caller.trace.prefix(4))")
            }
        }
    }
}
