/// Calls `body` with page after page, up to the first empty one; while a page is worked on, the next one is read.
///
/// `read`: the page behind an item, the first one for nil.
func readAhead<Item: Sendable>(
    _ read: @escaping @Sendable (_ last: Item?) async throws -> [Item], _ body: ([Item]) async throws -> Void
) async throws {
    var page = try await read(nil)
    while let last = page.last {
        async let next = read(last)
        try await body(page)
        page = try await next
    }
}
