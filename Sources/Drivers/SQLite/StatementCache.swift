/// Keeps prepared statements: preparing costs 13 to 58 µs, using a kept one about 7. The longest unused goes first.
struct StatementCache {
    private struct Entry {
        var key: String
        /// nil while somebody runs it.
        var statement: SQLiteStatement?
        var lastUse: UInt64
    }

    private var entries: [Entry] = []
    /// Where a text of so many bytes (of the lower bits of that) was found last: mostly it is there again. A hash of the whole text of a
    /// statement costs more than looking at all of the few that there are.
    private var lastFound = [UInt8](repeating: 0, count: 64)
    private var clock: UInt64 = 0
    /// Statements kept at most; 256 have room in `lastFound`.
    private let limit = 128

    /// Takes the statement out: whoever runs the same one meanwhile, inside of it, gets another.
    mutating func take(_ key: String) -> SQLiteStatement? {
        guard let index = index(of: key), let statement = entries[index].statement else { return nil }
        entries[index].statement = nil
        return statement
    }

    mutating func give(_ key: String, _ statement: SQLiteStatement) {
        clock += 1
        if let index = index(of: key) {
            entries[index].statement?.destroy()
            entries[index].statement = statement
            entries[index].lastUse = clock
            return
        }
        if entries.count == limit, let oldest = entries.indices.min(by: { entries[$0].lastUse < entries[$1].lastUse }) {
            entries.remove(at: oldest).statement?.destroy()
        }
        entries.append(Entry(key: key, statement: statement, lastUse: clock))
    }

    mutating func removeAll() {
        for entry in entries { entry.statement?.destroy() }
        entries.removeAll()
    }

    private mutating func index(of key: String) -> Int? {
        let place = key.utf8.count & 63
        let last = Int(lastFound[place])
        if last < entries.count, entries[last].key == key { return last }
        let length = key.utf8.count
        for index in entries.indices where entries[index].key.utf8.count == length && entries[index].key == key {
            lastFound[place] = UInt8(truncatingIfNeeded: index)
            return index
        }
        return nil
    }
}
