internal import CSQLite

/// The row that a statement stands on. Valid only inside the closure that it was given to. Columns count from 0;
/// a value of another type is converted as SQLite does, null to 0 or nothing.
package struct SQLiteRow {
    let statement: OpaquePointer

    /// The bytes of its texts and blobs.
    package var size: Int {
        (0..<sqlite3_column_count(statement)).reduce(0) { size, column in
            switch sqlite3_column_type(statement, column) {
            case SQLITE_TEXT, SQLITE_BLOB: size + Int(sqlite3_column_bytes(statement, column))
            default: size
            }
        }
    }

    package func isNull(_ column: Int) -> Bool {
        sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL
    }

    /// 0 for null.
    package func int(_ column: Int) -> Int64 {
        sqlite3_column_int64(statement, Int32(column))
    }

    /// 0 for null.
    package func real(_ column: Int) -> Double {
        sqlite3_column_double(statement, Int32(column))
    }

    /// SQLite does not check text; bytes that are no UTF-8 become U+FFFD.
    package func text(_ column: Int) -> String {
        guard let bytes = sqlite3_column_text(statement, Int32(column)) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// A copy; empty for null.
    package func blob(_ column: Int) -> [UInt8] {
        withBlob(column) { Array($0) }
    }

    /// A blob of 16 bytes in two halves, the most significant byte first; nil for null, and for one of another length.
    package func uuid(_ column: Int) -> (high: UInt64, low: UInt64)? {
        withBlob(column) { bytes in
            guard bytes.count == 16 else { return nil }
            return (
                UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }

    /// The bytes without a copy, for the time of `body`.
    package func withBlob<T>(_ column: Int, _ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
        // Bytes are asked for after the pointer: the first call may convert the value.
        let bytes = sqlite3_column_blob(statement, Int32(column))
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        return try body(UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count))
    }

    /// nil for null, as the two below.
    package func optionalInt(_ column: Int) -> Int64? { isNull(column) ? nil : int(column) }
    package func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
    package func optionalBlob(_ column: Int) -> [UInt8]? { isNull(column) ? nil : blob(column) }
}
