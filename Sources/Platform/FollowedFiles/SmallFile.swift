package import Glibc

/// A file that is read as a whole, and not where it is larger than it should be.
package struct SmallFile {
    private let path: String
    /// Bytes.
    private let limit: Int

    package init(path: String, limit: Int) {
        self.path = path
        self.limit = limit
    }

    /// What is wrong with it, to be said behind its name.
    package struct Fault: Error, Equatable {
        package let text: String
        /// Whether there is none.
        package let isMissing: Bool

        package init(_ text: String, isMissing: Bool = false) {
            self.text = text
            self.isMissing = isMissing
        }

        fileprivate init(code: Int32) {
            self.init("can't be read: \(String(cString: strerror(code)))", isMissing: code == ENOENT)
        }
    }

    /// - Parameter check: looks at whose it is and who may use it, before anything is read
    package func read(_ check: (stat) throws(Fault) -> Void) throws(Fault) -> [UInt8] {
        // Not waiting, where somebody put a pipe there.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Fault(code: errno) }
        defer { _ = close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw Fault("is no file") }
        try check(status)
        // Some files are looked at every second: no more room than what is there wants, and what may be added meanwhile.
        var bytes = [UInt8](repeating: 0, count: min(Int(clamping: status.st_size) + 4_096, limit) + 1)
        var count = 0
        while count < bytes.count {
            let piece = bytes.withUnsafeMutableBytes { bytes in
                Glibc.read(descriptor, bytes.baseAddress.map { $0 + count }, bytes.count - count)
            }
            guard piece >= 0 else { throw Fault(code: errno) }
            if piece == 0 { break }
            count += piece
        }
        guard count <= limit else { throw Fault("is larger than \(limit >> 10) KiB") }
        return Array(bytes.prefix(count))
    }
}
