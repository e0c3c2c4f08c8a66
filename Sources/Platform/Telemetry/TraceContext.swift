/// The W3C trace context of a request (https://www.w3.org/TR/trace-context/): which trace it belongs to.
package struct TraceContext: Sendable, Hashable {
    /// 32 lower-case hex digits, not all zero.
    package let traceID: String
    /// 16 lower-case hex digits, not all zero: the caller's span, or our own.
    package let spanID: String
    package let sampled: Bool

    /// A trace that begins here.
    package static func new() -> TraceContext {
        TraceContext(
            traceID: hex(.random(in: 1...UInt64.max)) + hex(.random(in: 1...UInt64.max)),
            spanID: hex(.random(in: 1...UInt64.max)), sampled: true)
    }

    /// The same trace, seen from a span of ours.
    package func child() -> TraceContext {
        TraceContext(traceID: traceID, spanID: Self.hex(.random(in: 1...UInt64.max)), sampled: sampled)
    }

    private init(traceID: String, spanID: String, sampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.sampled = sampled
    }

    /// nil when `traceparent` is not as the recommendation has it: a bad one is ignored and a new trace begins.
    package init?(traceparent: String) {
        let fields = traceparent.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard fields.count >= 4, fields[0].count == 2, fields[1].count == 32, fields[2].count == 16,
            fields[3].count == 2, fields[0].elementsEqual("00".utf8) ? fields.count == 4 : true,
            !fields[0].elementsEqual("ff".utf8),
            fields.prefix(4).allSatisfy({ $0.allSatisfy(Self.isLowerHex) }),
            fields[1].contains(where: { $0 != UInt8(ascii: "0") }),
            fields[2].contains(where: { $0 != UInt8(ascii: "0") }),
            let flags = UInt8(String(decoding: fields[3], as: UTF8.self), radix: 16)
        else { return nil }
        traceID = String(decoding: fields[1], as: UTF8.self)
        spanID = String(decoding: fields[2], as: UTF8.self)
        sampled = flags & 1 == 1
    }

    package var traceparent: String { "00-\(traceID)-\(spanID)-\(sampled ? "01" : "00")" }

    private static func isLowerHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
