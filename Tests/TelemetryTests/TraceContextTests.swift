import Telemetry
import Testing

@Suite("A trace context")
struct TraceContextTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let span = "b7ad6b7169203331"

    @Test(
        "is read, whether or not its trace is recorded",
        arguments: [
            ("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("0a", "02"), ("0b", "03"), ("f0", "00"),
            ("0c", "00"),
            ("ff", "03"),
        ])
    func isRead(flags: String, known: String) throws {
        let context = try #require(TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-\(flags)"))
        #expect(context.traceID == Self.trace)
        #expect(context.spanID == Self.span)
        #expect(context.isSampled == (known.last == "1" || known.last == "3"))
        #expect(context.traceparent == "00-\(Self.trace)-\(Self.span)-\(known)")
    }

    @Test("of a later version may have more behind it", arguments: ["", "-", "-more", "-x-y"])
    func laterVersion(more: String) {
        #expect(TraceContext(traceparent: "01-\(Self.trace)-\(Self.span)-01\(more)") != nil)
    }

    @Test(
        "that is not as the recommendation has it is none",
        arguments: [
            "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-", "00-\(trace)-\(span)-1",
            "00-\(trace)-\(span)-011", "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01-more",
            "01-\(trace)-\(span)-01more", "ff-\(trace)-\(span)-01",
            "0g-\(trace)-\(span)-01", "00-\(trace)-\(span)-0G", "00-\(trace)-\(span)-0A", "00_\(trace)-\(span)-01",
            "00-\(trace.uppercased())-\(span)-01", "00-00000000000000000000000000000000-\(span)-01",
            "00-\(trace)-0000000000000000-01", "0-0\(trace)-\(span)-01", "00-\(trace)\(span)--01",
            " 00-\(trace)-\(span)-01",
        ])
    func isNone(text: String) {
        #expect(TraceContext(traceparent: text) == nil)
    }

    @Test("that begins here has digits of its own, and so has each span of it")
    func begins() throws {
        let (one, other) = (TraceContext.new(), TraceContext.new())
        #expect(one.traceID != other.traceID)
        let child = one.child()
        #expect(child.traceID == one.traceID)
        #expect(child.spanID != one.spanID)
        #expect(TraceContext(traceparent: child.traceparent) == child)
    }

    @Test("takes its state along, where that can be passed on")
    func state() throws {
        let text = "00-\(Self.trace)-\(Self.span)-01"
        for state in ["vendor=a,other=b", String(repeating: "a=b,", count: 127) + "c=d"] {
            #expect(TraceContext(traceparent: text, tracestate: state)?.child().state == state)
        }
        for state in ["", "nothing", "a=\u{e9}", "a=b\nc", String(repeating: "a=b,", count: 128) + "c=d"] {
            #expect(try #require(TraceContext(traceparent: text, tracestate: state)).state == nil)
        }
    }
}
