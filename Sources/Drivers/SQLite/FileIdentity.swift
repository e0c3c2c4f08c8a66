#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Which file a name stands for.
struct FileIdentity: Equatable {
    private let device: UInt64
    private let number: UInt64

    /// nil when there is none.
    init?(path: String) {
        var status = stat()
        // Before each commit: without a copy of the name.
        guard path.withCString({ stat($0, &status) }) == 0 else { return nil }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(status.st_ino)
    }
}
