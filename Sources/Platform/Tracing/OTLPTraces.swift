internal import Telemetry

/// A request to a receiver of OTLP, as `ExportTraceServiceRequest` of opentelemetry-proto 1.x has it.
enum OTLPTraces {
    static func request(_ entries: [SpanQueue.Entry], _ resource: TraceResource) -> [UInt8] {
        var services: [String] = []
        for entry in entries where !services.contains(entry.service) { services.append(entry.service) }
        var request = Protobuf()
        for service in services {
            request.message(1) { spans in
                spans.message(1) { message in
                    for (name, value) in resource.attributes(of: service) { put(name, .text(value), 1, into: &message) }
                }
                spans.message(2) { scope in
                    scope.message(1) { name in
                        name.text(1, "orderlog")
                        name.text(2, resource.version)
                    }
                    for entry in entries where entry.service == service {
                        scope.message(2) { put(entry.span, into: &$0) }
                    }
                }
            }
        }
        return request.bytes
    }

    private static func put(_ span: Span, into message: inout Protobuf) {
        message.data(1, bytes(ofHex: span.context.traceID))
        message.data(2, bytes(ofHex: span.context.spanID))
        message.text(3, span.context.state ?? "")
        if let parent = span.parent { message.data(4, bytes(ofHex: parent)) }
        message.text(5, span.name)
        message.number(6, span.kind.rawValue)
        message.fixed64(7, span.start)
        message.fixed64(8, span.end)
        for (name, value) in span.attributes { put(name, value, 9, into: &message) }
        for link in span.links {
            message.message(13) { message in
                message.data(1, bytes(ofHex: link.traceID))
                message.data(2, bytes(ofHex: link.spanID))
                message.text(3, link.state ?? "")
                message.fixed32(6, UInt32(link.flags))
            }
        }
        if let failure = span.failure {
            message.message(15) { status in
                status.text(2, failure)
                status.number(3, 2)
            }
        }
        message.fixed32(16, UInt32(span.context.flags))
    }

    private static func put(_ name: String, _ value: Span.Value, _ field: UInt64, into message: inout Protobuf) {
        message.message(field) { attribute in
            attribute.text(1, name)
            attribute.message(2) { choice in
                switch value {
                case .text(let text): choice.data(1, Array(text.utf8))
                case .number(let number): choice.chosenNumber(3, UInt64(bitPattern: Int64(number)))
                }
            }
        }
    }

    private static func bytes(ofHex text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in text.utf8 {
            let value = TraceContext.value(ofHex: digit)
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }
}

/// What the receiver is told of this process, with OpenTelemetry's names.
package struct TraceResource: Sendable {
    /// Of the program.
    package var version: String
    /// Tells this process apart from all others.
    package var instance: String
    /// Further ones, as the environment has them; they win.
    package var attributes: [(name: String, value: String)]

    package init(version: String, instance: String, attributes: [(name: String, value: String)] = []) {
        self.version = version
        self.instance = instance
        self.attributes = attributes
    }

    func attributes(of service: String) -> [(name: String, value: String)] {
        let own = [
            ("service.name", service), ("service.version", version), ("service.instance.id", instance),
            ("telemetry.sdk.language", "swift"),
        ]
        return own.filter { name, _ in !attributes.contains { $0.name == name } } + attributes
    }
}
