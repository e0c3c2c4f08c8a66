/// The W3C trace context of a request (https://www.w3.org/TR/trace-context-2/): which trace it belongs to.
package struct TraceContext: Sendable, Hashable {
    /// 32 lower-case hex digits, not all zero.
    package let traceID: String
    /// 16 lower-case hex digits, not all zero: the caller's span, or our own.
    package let spanID: String
    /// The two that Level 2 knows; others are passed on by nobody.
    package private(set) var flags: UInt8
    /// `tracestate`: what the trace's receivers have to say to each other, passed on as it came.
    package var state: String?

    private static let sampledFlag: UInt8 = 1
    /// The last 56 bits of the trace's id are random.
    private static let randomFlag: UInt8 = 2

    /// Whether the trace is recorded.
    package var isSampled: Bool {
        get { flags & Self.sampledFlag != 0 }
        set { flags = newValue ? flags | Self.sampledFlag : flags & ~Self.sampledFlag }
    }

    /// A trace that begins here, and is not recorded yet.
    package static func new() -> TraceContext {
        TraceContext(
            traceID: hex(.random(in: 1...UInt64.max)) + hex(.random(in: 1...UInt64.max)),
            spanID: hex(.random(in: 1...UInt64.max)), flags: randomFlag)
    }

    /// The same trace, seen from a span of ours.
    package func child() -> TraceContext {
        TraceContext(traceID: traceID, spanID: Self.hex(.random(in: 1...UInt64.max)), flags: flags, state: state)
    }

    private init(traceID: String, spanID: String, flags: UInt8, state: String? = nil) {
        self.traceID = traceID
        self.spanID = spanID
        self.flags = flags
        self.state = state
    }

    /// nil when `traceparent` is not as the recommendation has it: a bad one is ignored and a new trace begins. So is a
    /// `tracestate` that is too long, and the rest is kept.
    package init?(traceparent: String, tracestate: String? = nil) {
        var text = traceparent
        guard let parts = text.withUTF8(Self.parts) else { return nil }
        (traceID, spanID, flags) = parts
        state = tracestate.flatMap { Self.isState($0) ? $0 : nil }
    }

    /// The context of a stored `traceparent`, where that trace is recorded; nil for the others, which is found out without reading
    /// them.
    package static func recorded(
        _ traceparent: String?, _ tracestate: @autoclosure () -> String? = nil
    ) -> TraceContext? {
        guard let traceparent, let digit = traceparent.utf8.dropFirst(flagsPlace).first, saysSampled(digit) else {
            return nil
        }
        return TraceContext(traceparent: traceparent, tracestate: tracestate())
    }

    /// Where in a `traceparent` the digit stands that says whether the trace is recorded.
    package static let flagsPlace = 54

    /// Whether that digit, in ASCII, says so.
    package static func saysSampled(_ digit: UInt8) -> Bool { value(ofHex: digit) & sampledFlag != 0 }

    /// What a hexadecimal digit of an id or of the flags counts, in ASCII, a letter being small; of anything else, something below 16.
    package static func value(ofHex digit: UInt8) -> UInt8 {
        (digit <= UInt8(ascii: "9") ? digit : digit &+ 9) & 15
    }

    /// The recommendation wants 512 characters passed on, of the ASCII that can be seen.
    private static func isState(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 512 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }
            && text.utf8.contains(UInt8(ascii: "="))
    }

    /// `VERSION-TRACE-SPAN-FLAGS`; a later version than 00 may have more behind it.
    private static func parts(
        of text: UnsafeBufferPointer<UInt8>
    ) -> (traceID: String, spanID: String, flags: UInt8)? {
        let hyphen = UInt8(ascii: "-")
        guard text.count >= 55, text[2] == hyphen, text[35] == hyphen, text[52] == hyphen else { return nil }
        let isFirstVersion = text[0] == UInt8(ascii: "0") && text[1] == UInt8(ascii: "0")
        guard text.count == 55 || !isFirstVersion && text[55] == hyphen else { return nil }
        guard text[0] != UInt8(ascii: "f") || text[1] != UInt8(ascii: "f") else { return nil }
        for position in 0..<55 where position != 2 && position != 35 && position != 52 {
            guard isLowerHex(text[position]) else { return nil }
        }
        let trace = text[3..<35]
        let span = text[36..<52]
        let zero = UInt8(ascii: "0")
        guard trace.contains(where: { $0 != zero }), span.contains(where: { $0 != zero }) else { return nil }
        let flags = value(ofHex: text[flagsPlace]) & (sampledFlag | randomFlag)
        return (String(decoding: trace, as: UTF8.self), String(decoding: span, as: UTF8.self), flags)
    }

    package var traceparent: String { "00-\(traceID)-\(spanID)-0\(flags)" }

    private static func isLowerHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static func hex(_ value: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { text in
            for position in 0..<16 {
                let nibble = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * position)) & 15
                text[position] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
            }
            return 16
        }
    }
}
