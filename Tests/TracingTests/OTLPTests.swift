import Telemetry
import Testing

@testable import Tracing

/// By hand, from opentelemetry-proto's numbers of fields; that a real receiver reads it is tested with one.
@Suite("Spans as they are sent")
struct OTLPTests {
    @Test("have each field where OpenTelemetry's files have it")
    func fields() throws {
        let parent = try #require(
            TraceContext(traceparent: "00-0102030405060708090a0b0c0d0e0f10-1112131415161718-03", tracestate: "a=b"))
        var span = Span("x", .server, context: parent, parent: "2122232425262728", start: 5, end: 7)
        span.attributes = [("n", .number(300)), ("t", .text("v"))]
        span.links = [parent]
        span.failure = "no"
        let request = OTLPTraces.request(
            [SpanQueue.Entry(service: "o", span: span)],
            TraceResource(version: "1", instance: "i", attributes: [("k", "w")]))

        let spans = try #require(Field.read(request).first?.inner)
        let resource = try #require(spans.first { $0.number == 1 }).inner
        #expect(
            resource.map { $0.inner.first?.text } == [
                "service.name", "service.version", "service.instance.id", "telemetry.sdk.language", "k",
            ])
        let scope = try #require(spans.first { $0.number == 2 }).inner
        #expect(scope.first?.inner.map(\.text) == ["orderlog", "1"])
        let sent = try #require(scope.first { $0.number == 2 }).inner
        #expect(sent.map(\.number) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 13, 15, 16])
        #expect(sent[0].bytes == Array(1...16))
        #expect(sent[1].bytes == Array(0x11...0x18))
        #expect(sent[2].text == "a=b")
        #expect(sent[3].bytes == Array(0x21...0x28))
        #expect(sent[4].text == "x")
        #expect(sent[5].value == 2)
        #expect([sent[6].value, sent[7].value] == [5, 7])
        #expect(sent[8].inner.last?.inner.first?.value == 300)
        #expect(sent[8].inner.last?.inner.first?.number == 3)
        #expect(sent[9].inner.last?.inner.first?.text == "v")
        #expect(sent[10].inner.map(\.number) == [1, 2, 3, 6])
        #expect(sent[11].inner.map(\.number) == [2, 3])
        #expect(sent[12].value == 3)
    }
}

/// A field of a message, as it is read back.
private struct Field {
    var number: UInt64
    var value: UInt64 = 0
    var bytes: [UInt8] = []
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var inner: [Field] { Field.read(bytes) }

    static func read(_ bytes: [UInt8]) -> [Field] {
        var rest = bytes[...]
        var fields: [Field] = []
        while !rest.isEmpty {
            let tag = varint(&rest)
            var field = Field(number: tag >> 3)
            switch tag & 7 {
            case 0: field.value = varint(&rest)
            case 1: field.value = fixed(8, &rest)
            case 5: field.value = fixed(4, &rest)
            default:
                let count = Int(varint(&rest))
                field.bytes = Array(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            fields.append(field)
        }
        return fields
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64 {
        var (value, shift) = (UInt64(0), UInt64(0))
        while let byte = rest.popFirst() {
            value |= UInt64(byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 { break }
        }
        return value
    }

    private static func fixed(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> UInt64 {
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
