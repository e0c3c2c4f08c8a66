#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Databases hold customers' names: they are their owner's alone, whatever the umask.
enum FilePermissions {
    /// Makes the file, where it is not there, and takes it and what SQLite keeps beside it from everybody but its owner. By
    /// name: to open and close a database's file would drop the locks that SQLite has on it.
    static func makePrivate(database path: String) {
        // SQLite gives its -wal and -shm the permissions of the database.
        if mknod(path, S_IFREG | 0o600, 0) == 0 { chmod(path, 0o600) }
        for suffix in ["", "-wal", "-shm"] {
            var status = stat()
            guard stat(path + suffix, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0
            else { continue }
            // Of a file that is somebody else's, its owner has to say so.
            chmod(path + suffix, status.st_mode & 0o700)
        }
    }
}
