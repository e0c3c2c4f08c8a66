internal import CSQLite

/// A prepared statement with the memory that its bound values live in. Used by whoever has its connection, who takes it out
/// of its cache and gives it back.
///
/// The values of one execution are copied into one buffer and bound SQLITE_STATIC: 74 ns a value, where letting SQLite
/// copy each takes 249. The buffer belongs to the statement, for an outer statement is still stepping over its own
/// values while an inner one runs.
struct SQLiteStatement {
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
    mutating func bind(_ values: Span<SQLiteValue>) -> Int32 {
        var bytes = 0
        for index in values.indices { bytes += values[index].byteCount }
        reserve(bytes)
        var free = buffer
        for index in values.indices {
            let code = bind(Int32(truncatingIfNeeded: index + 1), values[index], &free)
            guard code == SQLITE_OK else { return code }
        }
        return SQLITE_OK
    }

    @inline(__always)
    private func bind(_ index: Int32, _ value: SQLiteValue, _ free: inout UnsafeMutableRawPointer?) -> Int32 {
        let start = free
        switch value {
        case .null: return sqlite3_bind_null(handle, index)
        case .integer(let number): return sqlite3_bind_int64(handle, index, number)
        case .real(let number): return sqlite3_bind_double(handle, index, number)
        case .text(var text):
            let count = text.withUTF8 { copy(UnsafeRawBufferPointer($0), to: &free) }
            let bytes = UnsafePointer(start?.assumingMemoryBound(to: CChar.self))
            return sqlite3_bind_text64(handle, index, bytes, sqlite3_uint64(count), nil, UInt8(SQLITE_UTF8))
        case .blob(let bytes):
            let count = bytes.withUnsafeBytes { copy($0, to: &free) }
            // The pointer is never nil: that would bind null instead of an empty blob.
            return sqlite3_bind_blob64(handle, index, start, sqlite3_uint64(count), nil)
        case .uuid(let high, let low):
            let count = withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { copy($0, to: &free) }
            return sqlite3_bind_blob64(handle, index, start, sqlite3_uint64(count), nil)
        }
    }

    /// Ends the execution: frees its locks and snapshot. To be called after every one, also a failed one.
    mutating func reset() {
        sqlite3_reset(handle)
        if capacity > Self.kept {
            sqlite3_clear_bindings(handle)
            reallocate(0)
        }
    }

    /// Not to be used again.
    func destroy() {
        sqlite3_finalize(handle)
        buffer?.deallocate()
    }

    private mutating func reserve(_ count: Int) {
        // At least one byte, so that there is an address for empty text and blobs.
        if capacity <= count { reallocate(max(64, count + 1)) }
    }

    private mutating func reallocate(_ count: Int) {
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
        case .uuid: 16
        }
    }
}
