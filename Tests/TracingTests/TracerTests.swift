import Telemetry
import Testing

@testable import Tracing

@Suite("A tracer")
struct TracerTests {
    private let queue = SpanQueue(capacity: 10, batch: 10)
    private var tracer: Tracer { Tracer(service: "order", sampler: .parent(orElse: .always), queue: queue) }

    @Test("puts a request's own span below its caller's, and others below that")
    func nesting() throws {
        let caller = try #require(
            TraceContext(
                traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03", tracestate: "vendor=1"))
        let context = tracer.context(continuing: caller)
        var request = try #require(tracer.begin("POST /orders", .server, as: context, below: caller))
        request.set("http.response.status_code", 201)
        let call = try #require(tracer.begin("POST /reservations", .client, below: request.context))
        call.end()
        request.end()

        let spans = queue.take().map(\.span)
        #expect(spans.map(\.name) == ["POST /reservations", "POST /orders"])
        #expect(spans.map(\.parent) == [context.spanID, caller.spanID])
        #expect(spans.allSatisfy { $0.context.traceID == caller.traceID && $0.context.state == "vendor=1" })
        #expect(spans[1].context == context)
        #expect(spans[0].start >= spans[1].start && spans[0].end <= spans[1].end)
    }

    @Test("records nothing of a trace that is not recorded")
    func unrecorded() {
        var context = TraceContext.new()
        context.isSampled = false
        #expect(tracer.begin("work", .work, below: context) == nil)
        #expect(tracer.begin("work", .work, as: context, below: nil) == nil)
        #expect(tracer.beginShared("batch", .work) { [context, context, nil] } == nil)
    }

    @Test("drops and counts what finds no room")
    func room() throws {
        for _ in 0..<13 { try #require(tracer.begin("work", .work, below: tracer.context(continuing: nil))).end() }
        #expect(queue.count == 10)
        #expect(queue.dropped == 3)
        #expect(queue.take().count == 10)
        #expect(queue.count == 0)
    }
}
