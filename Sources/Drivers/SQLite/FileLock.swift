internal import Glibc
internal import Synchronization

/// An exclusive lock on a file, which the system frees when the process ends, however it ends. The file stays: to
/// remove it would let two processes lock two files of one name.
package final class FileLock: Sendable {
    private let descriptor: Mutex<Int32>

    /// Creates the file if need be and locks it, without waiting.
    ///
    /// - Throws: `.inUse` when somebody holds the lock, this process too; `.io` when the file can't be opened.
    package init(path: String) throws(SQLiteError) {
        let descriptor = try Self.open(path)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let refused = errno
            let holder = Self.holder(descriptor)
            _ = close(descriptor)
            guard refused == EWOULDBLOCK else {
                throw SQLiteError(.io, "\(path) can't be locked: \(String(cString: strerror(refused)))")
            }
            throw SQLiteError(.inUse, "\(path) is locked by \(holder)")
        }
        // Whose lock it is, for the message above. A file with more in it than that is none of ours, a hard link to one for
        // instance: it stays as it is.
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_nlink == 1, status.st_size <= Self.textSize,
            ftruncate(descriptor, 0) == 0
        {
            let process = Array("\(getpid())\n".utf8)
            _ = process.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        }
        self.descriptor = Mutex(descriptor)
    }

    /// What a lock file holds at the most.
    private static let textSize = 20

    /// Follows no link: what it led to would be locked in its place, and written to.
    private static func open(_ path: String) throws(SQLiteError) -> Int32 {
        let flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        var descriptor = Glibc.open(path, O_RDWR | O_CREAT | flags, 0o600)
        // Somebody else's file can be locked as well where it can be read.
        if descriptor < 0, errno == EACCES { descriptor = Glibc.open(path, O_RDONLY | flags) }
        guard descriptor >= 0 else {
            let reason = errno
            var advice = ""
            var status = stat()
            if reason == ELOOP {
                advice = "; it is a symbolic link: remove it"
            } else if reason == EACCES, lstat(path, &status) == 0, status.st_uid != geteuid() {
                advice = """
                    ; it belongs to user \(status.st_uid), who ran orderlog here: when none runs any more, give this user the \
                    folder's files (chown), or remove this one
                    """
            }
            throw SQLiteError(.io, "\(path) can't be locked: \(String(cString: strerror(reason)))\(advice)")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            _ = close(descriptor)
            throw SQLiteError(.io, "\(path) can't be locked: it is no file")
        }
        return descriptor
    }

    /// Who holds the lock of a file, such as `process 4711`; nil when nobody does. Asking holds it for a moment.
    package static func holder(path: String) -> String? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
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
        var text = [UInt8](repeating: 0, count: textSize)
        let count = text.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        let digits = String(decoding: text.prefix(max(0, count)), as: UTF8.self).prefix { $0.isNumber }
        return digits.isEmpty ? "another process" : "process \(digits)"
    }
}
