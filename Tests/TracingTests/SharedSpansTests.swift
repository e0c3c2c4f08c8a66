import Telemetry
import Testing

@testable import SharedWork
@testable import Tracing

@Suite("Work for several traces at once")
struct SharedSpansTests {
    private let queue = SpanQueue(capacity: 1_000, batch: 1_000)
    private var tracer: Tracer { Tracer(service: "order", sampler: .parent(orElse: .always), queue: queue) }

    private static func contexts(_ count: Int, recorded: (Int) -> Bool = { _ in true }) -> [TraceContext] {
        (0..<count).map { number in
            var context = TraceContext.new()
            context.isSampled = recorded(number)
            return context
        }
    }

    @Test("has a span in each, and one of its own, with links to each other")
    func links() throws {
        let orders = Self.contexts(300) { $0 % 2 == 0 }
        var spans = try #require(tracer.beginShared("commit", .work) { orders })
        spans.set("size", 1)
        let whole = try #require(spans.context)
        #expect(spans[0]?.traceID == orders[0].traceID && spans[1] == nil)
        spans.end { $0 == 4 ? "it is full" : nil }

        let all = queue.take().map(\.span)
        let batch = try #require(all.last)
        let own = all.dropLast()
        #expect(own.map(\.context.traceID) == orders.filter(\.isSampled).map(\.traceID))
        #expect(own.map(\.parent) == orders.filter(\.isSampled).map(\.spanID))
        #expect(own.allSatisfy { $0.links == [whole] && $0.attributes.map(\.name) == ["size"] })
        #expect(own.map(\.failure) == [nil, nil, "it is full"] + Array(repeating: nil, count: 147))
        #expect(batch.context == whole && batch.parent == nil)
        #expect(!orders.contains { $0.traceID == whole.traceID })
        // OpenTelemetry's bound.
        #expect(batch.links == Array(own.map(\.context).prefix(128)))
        #expect(batch.attributes.contains { $0.name == "orderlog.batch.size" && $0.value == .number(300) })
    }

    @Test("of one trace is a span of that, and no other")
    func alone() throws {
        let order = Self.contexts(1)
        let spans = try #require(tracer.beginShared("call", .client) { order })
        #expect(spans.context == spans[0])
        spans.end(failure: "nobody answers")
        let span = try #require(queue.take().first?.span)
        #expect(span.parent == order[0].spanID && span.links.isEmpty && span.failure == "nobody answers")
        #expect(queue.count == 0)
    }

    @Test("links to a batch that has its span already")
    func known() throws {
        let orders = Self.contexts(2)
        let batch = Self.contexts(1)[0]
        try #require(tracer.beginShared("call", .server, in: batch) { orders }).end()
        #expect(queue.take().map(\.span.links) == [[batch], [batch]])
    }

    @Test("asks for no trace where nobody wants to know")
    func off() {
        let spans = Tracer.off.beginShared("call", .client) {
            Issue.record("asked")
            return Self.contexts(1)
        }
        #expect(spans == nil)
    }

    @Test("as a transaction shows how long each waited for it, and what it took")
    func transaction() throws {
        let orders = Self.contexts(2)
        let parts = zip(orders, [1_000, 2_000] as [UInt64]).map { context, asked in
            SharedWork.Part(FollowedTrace(context, tracer), asked: asked)
        }
        var failed = parts
        failed[1].hasFailed = true
        failed[0].follower.ended(SharedWork(parts: failed, count: 3, began: 5_000, ended: 9_000))

        let spans = queue.take().map(\.span)
        #expect(
            spans.map(\.name) == [
                "wait for transaction", "wait for transaction", "transaction", "transaction", "transaction",
            ])
        #expect(spans.map(\.start) == [1_000, 2_000, 5_000, 5_000, 5_000])
        #expect(spans.map(\.end) == [5_000, 5_000, 9_000, 9_000, 9_000])
        #expect(spans.map(\.failure) == [nil, nil, nil, "it failed", "it failed"])
        #expect(spans[4].attributes.contains { $0.value == .number(3) })
        #expect(spans[4].links == [spans[2].context, spans[3].context])
    }
}
