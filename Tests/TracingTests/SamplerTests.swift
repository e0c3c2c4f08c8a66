import Telemetry
import Testing

@testable import Tracing

@Suite("Whether a trace is recorded")
struct SamplerTests {
    private static func caller(_ flags: String) throws -> TraceContext {
        try #require(TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-\(flags)"))
    }

    @Test("is the caller's word, and where there is no caller ours", arguments: [Sampler.always, .never])
    func parent(root: Sampler) throws {
        let tracer = Tracer(service: "order", sampler: .parent(orElse: root), queue: SpanQueue(capacity: 1, batch: 1))
        #expect(tracer.context(continuing: try Self.caller("01")).isSampled)
        #expect(!tracer.context(continuing: try Self.caller("00")).isSampled)
        #expect(tracer.context(continuing: nil).isSampled == (root == .always))
    }

    @Test("depends on the trace's id alone where a part is asked for")
    func ratio() {
        let contexts = (0..<2_000).map { _ in TraceContext.new() }
        let taken = contexts.filter { Sampler.ratio(0.25).takes($0, caller: nil) }
        // Nine standard deviations of a fair coin of that weight.
        #expect((325...675).contains(taken.count))
        for context in taken { #expect(Sampler.ratio(0.25).takes(context.child(), caller: nil)) }
        for context in taken { #expect(Sampler.ratio(0.5).takes(context, caller: nil)) }
        #expect(
            contexts.allSatisfy { Sampler.ratio(1).takes($0, caller: nil) && !Sampler.ratio(0).takes($0, caller: nil) })
    }

    @Test("is nobody's question where there is no receiver: a caller's flag is passed on as it is")
    func off() throws {
        #expect(Tracer.off.context(continuing: try Self.caller("01")).isSampled)
        #expect(!Tracer.off.context(continuing: nil).isSampled)
        #expect(Tracer.off.begin("work", .work, below: try Self.caller("01")) == nil)
    }
}
