package import Databases
package import HTTPServer
package import JSON

/// What a request for a list says of the page that it wants: `limit` and `cursor`.
extension Page {
    package static let limit = QueryParameter(
        "limit", .number(limits), default: "\(defaultLimit)",
        description: "How many at most; a page also ends at about 1 MiB.")
    package static let cursor = QueryParameter(
        "cursor", .cursor, default: "the first page", description: "The next_cursor of the page before.")

}

extension Call {
    /// The page that is asked for. Throws a 422 for a cursor that no page of this list has answered.
    package func page() throws(Problem) -> Page {
        var page = Page(limit: query.number(Page.limit).map(Int.init) ?? Page.defaultLimit, after: nil)
        if let text = query[Page.cursor], !text.isEmpty {
            guard let position = cursors.position(text, of: list) else {
                throw .invalidField(Page.cursor.name, "must be a next_cursor that a page of this list answered")
            }
            page.after = position
        }
        return page
    }

    /// What is listed: the path and what the query chooses, each with its length before it.
    fileprivate var list: [UInt8] {
        let chosen = query.given.filter { $0.name != Page.cursor.name && $0.name != Page.limit.name }
        let parts = [request.path] + chosen.sorted { $0.name < $1.name }.flatMap { [$0.name, $0.value] }
        return parts.flatMap { Array("\($0.utf8.count):".utf8) + Array($0.utf8) }
    }
}

extension Listed {
    /// `{"<name>": […], "next_cursor": …}`, and a link to the next page (RFC 8288) where there is one. The page ends before the item that
    /// would carry it beyond `Page.mostBytes`, unless that is its first.
    package func response(
        _ name: String, to call: Call, write: @escaping @Sendable (Item, inout JSONWriter) -> Void
    ) async -> HTTPResponse {
        let (cursors, list) = (call.cursors, call.list)
        let (body, next) = await besideTheLoop {
            var json = JSONWriter(capacity: 256 + items.count * 512)
            var next: String?
            json.object { json in
                json.key(string: name)
                let end = self.write(to: &json, write)
                json.key("next_cursor")
                next = end.map { cursors.text($0, of: list) }
                if let next { json.string(next) } else { json.null() }
            }
            return (json.finish(), next)
        }
        let link = next.flatMap { call.link(toPage: $0) }.map { [(name: "link", value: $0)] } ?? []
        return .json(body, headers: link)
    }

    /// As many as a page may have. Answers the position that the next page begins behind; nil: this is the last.
    private func write(to json: inout JSONWriter, _ write: (Item, inout JSONWriter) -> Void) -> Int64? {
        var end = hasMore ? last : nil
        json.array { json in
            for (index, item) in items.enumerated() {
                let mark = json.mark
                write(item.item, &json)
                guard json.count > Page.mostBytes, index > 0 else { continue }
                json.goBack(to: mark)
                end = items[index - 1].position
                return
            }
        }
        return end
    }
}

extension Call {
    /// The bytes that a link may have: an answer's head has 4 KiB for all its fields.
    private static let longestLink = 3_000

    /// The value of a Link field that names the same list from a cursor on; nil where it would be too long, for a client
    /// that wrote its own path longer than it needed.
    func link(toPage cursor: String) -> String? {
        let others = query.given.filter { $0.name != Page.cursor.name }
        let items = (others + [(Page.cursor.name, cursor)]).map { "\($0.0)=\(PercentEncoding.segment($0.1))" }
        let link = "<\(request.path)?\(items.joined(separator: "&"))>; rel=\"next\""
        return link.utf8.count <= Self.longestLink ? link : nil
    }
}
