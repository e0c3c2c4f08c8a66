internal import Synchronization

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// An exclusive lock on a file, which the system frees when the process ends, however it ends. The file stays: to
/// remove it would let two processes lock two files of one name.
package final class FileLock: Sendable {
    private let descriptor: Mutex<Int32>

    /// Creates the file if need be and locks it, without waiting.
    ///
    /// - Throws: `.inUse` when somebody holds the lock, this process too; `.io` when the file can't be opened.
    package init(path: String) throws(SQLiteError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw SQLiteError(.io, "\(path) can't be created: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let refused = errno
            let holder = Self.holder(descriptor)
            _ = close(descriptor)
            guard refused == EWOULDBLOCK else {
                throw SQLiteError(.io, "\(path) can't be locked: \(String(cString: strerror(refused)))")
            }
            throw SQLiteError(.inUse, "\(path) is locked by \(holder)")
        }
        // Whose lock it is, for the message above.
        if ftruncate(descriptor, 0) == 0 {
            let process = Array("\(getpid())\n".utf8)
            _ = process.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        }
        self.descriptor = Mutex(descriptor)
    }

    /// Who holds the lock of a file, such as `process 4711`; nil when nobody does. Asking holds it for a moment.
    package static func holder(path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) == 0 ? nil : holder(descriptor)
    }

    /// Idempotent.
    package func release() {
        let descriptor = descriptor.withLock { held in
            defer { held = -1 }
            return held
        }
        guard descriptor >= 0 else { return }
        // Said aloud, for a child process that is just being started may hold a copy of the descriptor for a moment.
        _ = flock(descriptor, LOCK_UN)
        _ = close(descriptor)
    }

    private static func holder(_ descriptor: Int32) -> String {
        var text = [UInt8](repeating: 0, count: 20)
        let count = text.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        let digits = String(decoding: text.prefix(max(0, count)), as: UTF8.self).prefix { $0.isNumber }
        return digits.isEmpty ? "another process" : "process \(digits)"
    }
}
