package import HTTPServer
package import JSON

/// What a list endpoint was asked for: `limit` (1 to 200, 50 by default) and `cursor`.
package struct Page: Sendable, Hashable {
    package static let limits = 1...200
    package static let defaultLimit = 50

    package var limit: Int
    /// Where the page before ended; nil for the first page.
    package var after: Int64?

    package init(limit: Int, after: Int64?) {
        self.limit = limit
        self.after = after
    }

    package init(_ request: HTTPRequest) throws(Problem) {
        var errors: [JSONFieldError] = []
        limit = Self.defaultLimit
        if let text = request.queryValue("limit", &errors) {
            if let number = Int(text), text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }), Self.limits.contains(number) {
                limit = number
            } else {
                errors.append(JSONFieldError(field: "limit", message: "must be a whole number from 1 to 200"))
            }
        }
        if let text = request.queryValue("cursor", &errors) {
            after = Cursor.position(text)
            if after == nil {
                errors.append(
                    JSONFieldError(field: "cursor", message: "must be a next_cursor that a page before answered"))
            }
        }
        guard errors.isEmpty else { throw .invalidFields(errors) }
    }

    /// `{"<name>": […], "next_cursor": …}` of up to `limit` items. `items` may hold one more than the limit: it only
    /// says that there is a next page.
    package func response<Item>(
        _ name: String, _ items: [Item], position: (Item) -> Int64, write: (Item, inout JSONWriter) -> Void
    ) -> HTTPResponse {
        var json = JSONWriter(capacity: 256 + items.count * 512)
        json.object { json in
            json.key(string: name)
            json.array { json in
                for item in items.prefix(limit) { write(item, &json) }
            }
            json.key("next_cursor")
            if items.count > limit {
                json.string(Cursor.text(position(items[limit - 1])))
            } else {
                json.null()
            }
        }
        return .json(json.finish())
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

extension HTTPRequest {
    /// The one value of a query parameter; nil when it is missing. Twice is an error.
    package func queryValue(_ name: String, _ errors: inout [JSONFieldError]) -> String? {
        let values = query.filter { $0.name == name }
        if values.count > 1 { errors.append(JSONFieldError(field: name, message: "must be given once")) }
        return values.first?.value
    }
}
