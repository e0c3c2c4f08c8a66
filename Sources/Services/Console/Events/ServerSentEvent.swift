import JSON

/// What a browser's EventSource reads (https://html.spec.whatwg.org/multipage/server-sent-events.html).
enum ServerSentEvent {
    /// A record that has come.
    static func record(_ row: LogRow, id: String) -> [UInt8] {
        var json = JSONWriter(capacity: 1_024)
        row.write(to: &json)
        return Array("id: \(id)\nevent: record\ndata: ".utf8) + json.finish() + Array("\n\n".utf8)
    }

    /// Whether the log can be read: `away` or `back`.
    static func log(_ state: StaticString) -> [UInt8] {
        Array("event: log\ndata: {\"state\":\"\(state)\"}\n\n".utf8)
    }

    /// How soon a browser comes again, and where it would go on.
    static func hello(id: String) -> [UInt8] {
        Array("retry: 1000\nid: \(id)\nevent: hello\ndata: {}\n\n".utf8)
    }

    /// Nothing, so that a connection that is gone is noticed.
    static let comment: [UInt8] = Array(":\n\n".utf8)
}
