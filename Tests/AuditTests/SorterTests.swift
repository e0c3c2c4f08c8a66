import Identifiers
import Testing

@testable import Audit

/// Sorting what memory has no room for.
@Suite struct SorterTests {
    private static func sorted(_ records: [EventID], memory: Int) throws -> SortedFile<EventID> {
        let sorter = try Sorter<EventID>(memory: memory)
        for record in records { try sorter.add(record) }
        return try sorter.finish()
    }

    private static func all(_ file: SortedFile<EventID>) throws -> [Identifier] {
        var found: [Identifier] = []
        var cursor = try file.cursor()
        while let record = cursor.current {
            found.append(record.key)
            try cursor.advance()
        }
        return found
    }

    /// One run, some, and more than are merged at a time.
    @Test(arguments: [0, 1, 64, 65, 1_000, 10_000]) func whatWasAddedComesSorted(_ count: Int) throws {
        let ids = (0..<count).map { _ in Identifier.random() }
        let file = try Self.sorted(ids.map { EventID(key: $0) }, memory: 64 * MemoryLayout<EventID>.stride)
        #expect(file.count == count)
        #expect(try Self.all(file) == ids.sorted())
    }

    @Test func allOfAKeyAreFound() throws {
        let ids = (0..<1_000).map { _ in Identifier.random() }
        let file = try Self.sorted((ids + ids.prefix(10)).map { EventID(key: $0) }, memory: 1_024)
        for (index, id) in ids.enumerated() { #expect(try file.find(id).count == (index < 10 ? 2 : 1)) }
        #expect(try file.find(.random()).isEmpty)
        #expect(try file.find(Identifier(high: .max, low: .max)).isEmpty)
    }
}
