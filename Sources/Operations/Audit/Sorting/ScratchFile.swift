import Foundation
import Glibc

/// A file without a name, for what memory has no room for: it is gone with its last user, also when audit is killed.
///
/// What is written to it is read again at once, so it is hardly ever waited for; audit is a program of its own, whose threads
/// nobody else works on.
final class ScratchFile: Sendable {
    private let descriptor: Int32

    /// In the folder for temporary files, which `TMPDIR` names.
    init() throws {
        let folder = FileManager.default.temporaryDirectory.path
        var name = Array("\(folder)/orderlog-audit-XXXXXX".utf8CString)
        descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw ScratchFileError(errno) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(name)
    }

    deinit { close(descriptor) }

    /// `offset`: in bytes, as below.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
        guard let start = bytes.baseAddress else { return }
        try all(bytes.count) { pwrite(descriptor, start + $0, bytes.count - $0, off_t(offset + $0)) }
    }

    /// Fills `bytes`, all of which have been written.
    func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws {
        guard let start = bytes.baseAddress else { return }
        try all(bytes.count) { pread(descriptor, start + $0, bytes.count - $0, off_t(offset + $0)) }
    }

    /// Calls `move` with how many bytes are done, until all are; it answers as `pread` and `pwrite` do.
    private func all(_ count: Int, _ move: (_ done: Int) -> Int) throws {
        var done = 0
        while done < count {
            let moved = move(done)
            if moved < 0, errno == EINTR { continue }
            guard moved > 0 else { throw ScratchFileError(moved < 0 ? errno : EIO) }
            done += moved
        }
    }
}

/// That audit's notes could not be written or read.
struct ScratchFileError: Error, CustomStringConvertible {
    var description: String

    init(_ code: Int32) {
        description =
            "audit's notes in \(FileManager.default.temporaryDirectory.path): \(String(cString: strerror(code)))"
    }
}
