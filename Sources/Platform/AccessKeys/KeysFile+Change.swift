import Glibc

extension KeysFile {
    private static let head = """
        # Keys of Orderlog: their hashes, not the keys. `orderlog keys create|list|revoke` writes this file.
        # name scopes created expires sha256

        """

    /// How long another change is waited for.
    private static let patience: Duration = .seconds(10)

    /// Changes what the file holds, all or nothing, also when the power fails; changes at one time come one after the other.
    /// Where there is no file yet, it begins empty.
    ///
    /// - Parameter body: throws what stands against the change; then the file stays as it is
    package func change(_ body: (inout [AccessKey]) throws -> Void) throws {
        let place = KeysFile(path: Self.resolved(path))
        let lock = try place.lock()
        defer { _ = close(lock) }
        var keys = place.isThere ? try place.read() : []
        try body(&keys)
        guard keys.count <= Self.mostKeys else { throw fault("would have more than \(Self.mostKeys) keys") }
        try place.write(Array((Self.head + keys.map { $0.line + "\n" }.joined()).utf8))
    }

    private var isThere: Bool {
        var status = stat()
        return stat(path, &status) == 0 || errno != ENOENT
    }

    /// Where a link leads: a new file in the link's own place would leave its target as it was.
    private static func resolved(_ path: String) -> String {
        guard let target = realpath(path, nil) else { return path }
        defer { free(target) }
        return String(cString: target)
    }

    /// Held until the descriptor is closed. Its file stays, for two processes could lock two files of one name.
    private func lock() throws(Fault) -> Int32 {
        let descriptor = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else {
            throw fault("can't be changed: \(path).lock: \(String(cString: strerror(errno)))")
        }
        let end = ContinuousClock.now + Self.patience
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, ContinuousClock.now < end else {
                _ = close(descriptor)
                throw fault("is being changed by another process, which does not come to an end")
            }
            usleep(10_000)
        }
        return descriptor
    }

    /// Under the lock.
    private func write(_ bytes: [UInt8]) throws(Fault) {
        let new = path + ".new"
        unlink(new)
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw cannotWrite() }
        let isWritten = keepOwner(descriptor) && writeAll(bytes, to: descriptor) && fsync(descriptor) == 0
        let reason = errno
        guard close(descriptor) == 0, isWritten, rename(new, path) == 0 else {
            if !isWritten { errno = reason }
            let fault = cannotWrite()
            unlink(new)
            throw fault
        }
        // The name is on the disk when its folder is.
        let folder = open(path.contains("/") ? Self.folder(of: path) : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        _ = close(folder)
    }

    /// An administrator's change must not take the file away from the services' user.
    private func keepOwner(_ descriptor: Int32) -> Bool {
        var old = stat()
        guard stat(path, &old) == 0, old.st_uid != geteuid() else { return true }
        return fchown(descriptor, old.st_uid, old.st_gid) == 0
    }

    private func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return false }
            rest.removeFirst(count)
        }
        return true
    }

    private static func folder(of path: String) -> String {
        let folder = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
        return folder.isEmpty ? "/" : String(folder)
    }

    private func cannotWrite() -> Fault { fault("can't be written: \(String(cString: strerror(errno)))") }
}
