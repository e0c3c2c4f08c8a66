package import HTTPServer
package import JSON

/// What a list is asked for: `limit` and `cursor`.
package struct Page: Sendable, Hashable {
    package static let limit = QueryParameter(
        "limit", .number(1...200), default: "50", description: "How many at most; a page also ends at about 1 MiB.")
    package static let cursor = QueryParameter(
        "cursor", .cursor, default: "the first page", description: "The next_cursor of the page before.")
    package static let defaultLimit = 50
    /// What an item's answer has beside its texts: names, numbers, times.
    static let bytesPerItem = 512

    package var limit: Int
    /// Where the page before ended; nil for the first page.
    package var after: Int64?
    /// A page ends before the item that would carry it beyond this, in bytes as they are stored; it has at least one.
    package var maximumBytes = 1 << 20

    package init(limit: Int, after: Int64?) {
        self.limit = limit
        self.after = after
    }

    /// Of a query that was checked against `limit` and `cursor`.
    package init(_ query: QueryValues) {
        limit = query.number(Self.limit).map(Int.init) ?? Self.defaultLimit
        after = query[Self.cursor].flatMap(Cursor.position)
    }
}

/// What a store answers of a list: a page of it.
package struct Listed<Item: Sendable>: Sendable {
    package var items: [(position: Int64, item: Item)]
    /// Whether something stands behind them.
    package var hasMore: Bool

    package init(_ items: [(position: Int64, item: Item)], hasMore: Bool) {
        self.items = items
        self.hasMore = hasMore
    }

    /// `{"<name>": […], "next_cursor": …}`
    package func response(_ name: String, write: @escaping @Sendable (Item, inout JSONWriter) -> Void) async
        -> HTTPResponse
    {
        await besideTheLoop {
            var json = JSONWriter(capacity: 256 + items.count * 512)
            json.object { json in
                json.key(string: name)
                json.array { json in
                    for (_, item) in items { write(item, &json) }
                }
                json.key("next_cursor")
                if hasMore, let last = items.last {
                    json.string(Cursor.text(last.position))
                } else {
                    json.null()
                }
            }
            return .json(json.finish())
        }
    }
}

/// A cursor is opaque to callers: a position in hexadecimal behind a letter that names the form.
enum Cursor {
    static func text(_ position: Int64) -> String { "p" + String(position, radix: 16) }

    static func position(_ text: String) -> Int64? {
        guard text.utf8.first == UInt8(ascii: "p") else { return nil }
        let digits = text.dropFirst()
        guard let position = Int64(digits, radix: 16), position >= 0, Cursor.text(position) == text else { return nil }
        return position
    }
}
