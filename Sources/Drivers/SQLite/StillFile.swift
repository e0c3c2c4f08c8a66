#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A database in WAL mode in a folder that takes no files: a snapshot, a backup, a disk that is mounted to be read. SQLite keeps
/// its readers and writers apart by the -shm beside the file, which it can't make there, so it is read without any locks.
///
/// That is right for as long as nobody writes, and a writer always has both a -wal and a -shm. So one of the two must be
/// missing before, and after each read all must be as it was.
struct StillFile: Equatable {
    private struct Stamp: Equatable {
        var file: FileIdentity?
        var size = 0
        var seconds = 0
        var nanoseconds = 0
    }

    private let path: String
    /// Of the file and its -wal.
    private let stamps: [Stamp]
    private let hasShared: Bool

    /// nil: the folder takes files, or somebody may be writing.
    init?(path: String) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        guard faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) != 0 else { return nil }
        self.init(looking: path)
        guard stamps[1].file == nil || !hasShared else { return nil }
    }

    private init(looking path: String) {
        self.path = path
        stamps = [path, path + "-wal"].map { name in
            var status = stat()
            guard stat(name, &status) == 0 else { return Stamp() }
            return Stamp(
                file: FileIdentity(path: name), size: Int(status.st_size), seconds: status.st_mtim.tv_sec,
                nanoseconds: status.st_mtim.tv_nsec)
        }
        hasShared = FileIdentity(path: path + "-shm") != nil
    }

    /// A -wal with something in it is a part of the database. SQLite reads it without a -shm when it has the file for itself,
    /// which it takes to be so without locks; without a -wal it must be told to ask for none.
    var hasLog: Bool { stamps[1].size > 0 }

    /// The name to open it by.
    var uri: String {
        let escaped = path.replacing("%", with: "%25").replacing("?", with: "%3f").replacing("#", with: "%23")
        return (path.hasPrefix("/") ? "file://" : "file:") + escaped + (hasLog ? "?vfs=unix-none" : "?immutable=1")
    }

    func refuseChanged() throws(SQLiteError) {
        guard Self(looking: path) != self else { return }
        throw SQLiteError(
            .busy,
            "\(path) has changed while it was read, in a folder where this account can make no files: run this again")
    }
}
