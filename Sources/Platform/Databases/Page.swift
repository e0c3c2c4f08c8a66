/// The part of a list that a store is asked for.
package struct Page: Sendable, Hashable {
    /// Items, where the caller names no number.
    package static let defaultLimit = 50
    /// Items that may be asked for.
    package static let limits: ClosedRange<Int64> = 1...200
    /// Bytes that a page may have; one item alone may have more. Counted as they are stored where a page is read, and as they are sent, with
    /// all escapes, where it is answered.
    package static let mostBytes = 1 << 20
    /// What an item's answer has beside its texts: names, numbers, times.
    static let bytesPerItem = 512

    /// Items at most; within `limits` where a caller named it.
    package var limit: Int
    /// Where the page before ended; nil for the first page.
    package var after: Int64?
    /// A page ends before the item that would carry it beyond this, in bytes as they are stored; it has at least one.
    package var maximumBytes = Page.mostBytes

    package init(limit: Int, after: Int64?) {
        self.limit = limit
        self.after = after
    }
}

/// What a store answers of a list: a page of it.
package struct Listed<Item: Sendable>: Sendable {
    /// In the list's order, each with the position that a next page begins behind.
    package var items: [(position: Int64, item: Item)]
    /// Whether something stands behind them, or may.
    package private(set) var hasMore: Bool
    /// The position that a next page begins behind; nil where there is nothing.
    package private(set) var last: Int64?

    package init(_ items: [(position: Int64, item: Item)], hasMore: Bool) {
        self.items = items
        self.hasMore = hasMore
        last = items.last?.position
    }

    /// Of a list that was looked through up to a position alone, and may go on behind it. Where the page was full before, it ends there.
    package mutating func goesOn(behind position: Int64, where mayHaveMore: Bool) {
        guard !hasMore, mayHaveMore else { return }
        (hasMore, last) = (true, position)
    }
}
