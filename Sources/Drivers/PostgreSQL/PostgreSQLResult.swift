internal import CPostgreSQL

/// What a statement answered: rows in binary format.
package final class PostgreSQLResult {
    private let native: OpaquePointer

    /// Takes the result over.
    init(_ native: OpaquePointer) {
        self.native = native
    }

    deinit { PQclear(native) }

    /// Rows that were answered.
    package var count: Int { Int(PQntuples(native)) }

    /// Rows that were inserted, updated or deleted.
    package var changes: Int { Int(String(cString: PQcmdTuples(native))) ?? 0 }

    /// Whether it only read.
    var isRead: Bool { tag.hasPrefix("SELECT") }

    /// What was done: `COMMIT`, `INSERT 0 1`.
    var tag: String { String(cString: PQcmdStatus(native)) }

    /// All rows, in order.
    package func map<T>(_ body: (PostgreSQLRow) throws -> T) rethrows -> [T] {
        try (0..<Int32(count)).map { try body(PostgreSQLRow(native, $0)) }
    }

    /// nil where no row was answered.
    package func first<T>(_ body: (PostgreSQLRow) throws -> T) rethrows -> T? {
        count > 0 ? try body(PostgreSQLRow(native, 0)) : nil
    }
}

/// A row, for use inside the closure that got it. Columns count from 0; asking for the wrong type is a programmer's error.
package struct PostgreSQLRow {
    private let native: OpaquePointer
    private let row: Int32

    init(_ native: OpaquePointer, _ row: Int32) {
        self.native = native
        self.row = row
    }

    /// bigint, integer or boolean; 0 for NULL.
    package func int(_ column: Int) -> Int64 { optionalInt(column) ?? 0 }

    /// nil for NULL.
    package func optionalInt(_ column: Int) -> Int64? {
        value(column).map { bytes in
            // The first bit is the sign's.
            let first = Int64(Int8(bitPattern: bytes[0]))
            return bytes.dropFirst().reduce(first) { $0 << 8 | Int64($1) }
        }
    }

    /// false for NULL.
    package func bool(_ column: Int) -> Bool { int(column) != 0 }

    /// Empty for NULL.
    package func text(_ column: Int) -> String { optionalText(column) ?? "" }

    /// nil for NULL.
    package func optionalText(_ column: Int) -> String? {
        value(column).map { String(decoding: $0, as: UTF8.self) }
    }

    /// bytea or uuid; empty for NULL.
    package func bytes(_ column: Int) -> [UInt8] { optionalBytes(column) ?? [] }

    /// nil for NULL.
    package func optionalBytes(_ column: Int) -> [UInt8]? { value(column).map { Array($0) } }

    private func value(_ column: Int) -> UnsafeRawBufferPointer? {
        let column = Int32(column)
        guard PQgetisnull(native, row, column) == 0 else { return nil }
        return UnsafeRawBufferPointer(
            start: PQgetvalue(native, row, column), count: Int(PQgetlength(native, row, column)))
    }
}
