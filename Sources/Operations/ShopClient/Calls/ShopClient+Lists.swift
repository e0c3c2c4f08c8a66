package import JSON

/// Things of a list, newest first, from as many pages as it takes.
package struct ShopList: Sendable {
    /// What the list's document calls them, as `orders`.
    package var name: String
    /// Each as it was answered.
    package var items: [[UInt8]]
    /// For the parameter `cursor` of what comes after them; nil: that was all.
    package var nextCursor: String?

    /// As one page of the API that had them all.
    package func json() -> [UInt8] {
        var json = JSONWriter(capacity: items.reduce(256) { $0 + $1.count + 1 })
        json.object { json in
            json.key(string: name)
            json.array { json in
                for item in items { json.raw(item) }
            }
            json.field("next_cursor", nextCursor)
        }
        return json.finish()
    }

    package func values() throws(ShopError) -> [JSONValue] {
        var values: [JSONValue] = []
        for item in items { values.append(try JSONValue.answered(item)) }
        return values
    }
}

extension ShopClient {
    /// As many as a page of the API has at most.
    private static let mostOnPage = 200

    /// Up to `limit` things of a list, in the order of its pages.
    ///
    /// - Parameters:
    ///   - name: of the array in the list's document
    ///   - query: what chooses them
    package func list(
        _ path: String, of service: ShopAddresses.Service, _ name: String, query: [(name: String, value: String)] = [],
        limit: Int
    ) async throws -> ShopList {
        var list = ShopList(name: name, items: [], nextCursor: nil)
        while true {
            var values = query + [("limit", "\(min(limit - list.items.count, Self.mostOnPage))")]
            if let cursor = list.nextCursor { values.append(("cursor", cursor)) }
            let page = try Self.read(
                try await send(ShopRequest("GET", path + ShopRequest.query(values), of: service)), name)
            list.items += page.items
            // A page may be empty and not the last. A service that answers one cursor twice would be asked for ever.
            let isStuck = page.next == list.nextCursor
            list.nextCursor = page.next
            guard !isStuck, list.items.count < limit, page.next != nil else { return list }
        }
    }

    private static func read(_ body: [UInt8], _ name: String) throws(ShopError) -> (items: [[UInt8]], next: String?) {
        var items: [[UInt8]]?
        var next: String?
        do throws(JSONReadError) {
            _ = try JSON.read(body, isOpen: true) { json in
                try json.object { key, json in
                    if key.string == name {
                        var found: [[UInt8]] = []
                        _ = try json.array(count: 0...mostOnPage) { found.append(try $0.raw()) }
                        items = found
                    } else if case "next_cursor" = key {
                        next = try json.null() ? nil : try json.string()
                    }
                } ? true : nil
            }
        } catch {
            throw .senseless("the answer is no list: \(error.text(of: "it"))")
        }
        guard let items else { throw .senseless("the answer has no \(name)") }
        return (items, next)
    }
}

extension JSONValue {
    /// Of what a service answered.
    package static func answered(_ body: [UInt8]) throws(ShopError) -> JSONValue {
        do throws(JSONReadError) { return try read(body) } catch {
            throw .senseless("the answer is \(error.text(of: "it"))")
        }
    }
}
