import CSQLite
import Glibc
import Synchronization

/// A file system for SQLite that counts the syncs of write-ahead logs, and lets them fail: the usual one otherwise, and for all
/// files that are not in a `FailingDisk`'s name.
final class FailingDisk: Sendable {
    /// For the names of the files that it is about; nobody else's are like it.
    let mark: String

    private let syncsFail = Atomic(false)
    private let syncCount = Atomic(0)
    private let writeCount = Atomic(0)

    /// Whether syncs fail now.
    var fails: Bool {
        get { syncsFail.load(ordering: .acquiring) }
        set { syncsFail.store(newValue, ordering: .releasing) }
    }

    /// Syncs that were asked for.
    var syncs: Int { syncCount.load(ordering: .acquiring) }
    var writes: Int { writeCount.load(ordering: .acquiring) }

    init() {
        _ = Self.install
        mark = "failing-disk-\(Self.count.add(1, ordering: .relaxed).newValue)-"
        Self.disks.withLock { $0.append(self) }
    }

    private static let count = Atomic(0)
    private static let disks = Mutex<[FailingDisk]>([])
    /// By the addresses of SQLite's open files.
    private static let files = Mutex<[UInt: FailingDisk]>([:])

    private static func disk(of file: UnsafeMutablePointer<sqlite3_file>?) -> FailingDisk? {
        let address = UInt(bitPattern: file)
        return files.withLock { $0[address] }
    }

    /// The usual methods of logs, but for those that are looked at. One set: they are those of the same kind of file.
    nonisolated(unsafe) private static let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    nonisolated(unsafe) private static let usual = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    nonisolated(unsafe) private static var usualFiles: UnsafeMutablePointer<sqlite3_vfs>?
    private static let isKnown = Atomic(false)

    private static let install: Void = {
        guard let files = sqlite3_vfs_find(nil) else { preconditionFailure("SQLite has no file system") }
        usualFiles = files
        let shim = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        shim.initialize(to: files.pointee)
        shim.pointee.zName = UnsafePointer(strdup("failing"))
        shim.pointee.pNext = nil
        shim.pointee.xOpen = { vfs, name, file, flags, result in
            let code = FailingDisk.usualFiles?.pointee.xOpen(vfs, name, file, flags, result) ?? SQLITE_MISUSE
            guard code == SQLITE_OK, flags & SQLITE_OPEN_WAL != 0, let name, let file else { return code }
            let path = String(cString: name)
            let disk = FailingDisk.disks.withLock { $0.first { path.contains($0.mark) } }
            let address = UInt(bitPattern: file)
            FailingDisk.files.withLock { $0[address] = disk }
            guard disk != nil else { return code }
            FailingDisk.learn(file.pointee.pMethods.pointee)
            file.pointee.pMethods = UnsafePointer(FailingDisk.methods)
            return code
        }
        sqlite3_vfs_register(shim, 1)
    }()

    private static func learn(_ found: sqlite3_io_methods) {
        guard !isKnown.exchange(true, ordering: .acquiringAndReleasing) else { return }
        usual.initialize(to: found)
        methods.initialize(to: found)
        methods.pointee.xSync = { file, flags in
            let disk = FailingDisk.disk(of: file)
            disk?.syncCount.add(1, ordering: .acquiringAndReleasing)
            if disk?.fails == true { return SQLITE_IOERR | (4 << 8) }
            return FailingDisk.usual.pointee.xSync(file, flags)
        }
        methods.pointee.xWrite = { file, bytes, count, offset in
            FailingDisk.disk(of: file)?.writeCount.add(1, ordering: .acquiringAndReleasing)
            return FailingDisk.usual.pointee.xWrite(file, bytes, count, offset)
        }
    }
}
