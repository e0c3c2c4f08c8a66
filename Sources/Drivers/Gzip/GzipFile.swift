internal import CZlib

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A file of gzip's, read or written from its beginning to its end. Blocks its thread while it does.
///
/// Reading also takes a file that is not compressed, as it is. `close` must be called, and after writing be looked at:
/// it is what writes the end.
package struct GzipFile: ~Copyable {
    /// gzip's levels go from 1, the quickest, to 9. At 4 events shrink to an eighth, twice as fast as at 6, the default.
    private static let level = 4
    private static let bufferSize: UInt32 = 1 << 17

    /// For messages.
    private let name: String
    private var handle: gzFile?

    /// `name`: what errors call the file, its path unless it is given.
    package init(reading path: String, named name: String? = nil) throws(GzipError) {
        try self.init(path, name ?? path, mode: "rbe")
    }

    /// An existing file is overwritten.
    package init(writing path: String, named name: String? = nil) throws(GzipError) {
        try self.init(path, name ?? path, mode: "wb\(Self.level)e")
    }

    private init(_ path: String, _ name: String, mode: String) throws(GzipError) {
        self.name = name
        handle = gzopen(path, mode)
        guard handle != nil else {
            let reason = errno == 0 ? "no memory" : String(cString: strerror(errno))
            throw GzipError("\(name) can't be \(mode.hasPrefix("r") ? "read" : "written"): \(reason)")
        }
        gzbuffer(handle, Self.bufferSize)
    }

    deinit { gzclose(handle) }

    /// Fills the buffer from its beginning; answers how many bytes came, 0 at the end of the file. Throws also where a
    /// compressed file ends before its end.
    package mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(GzipError) -> Int {
        let count = gzread(handle, buffer.baseAddress, UInt32(min(buffer.count, 1 << 30)))
        // A file that is cut off answers what it has, and only then the error.
        guard count >= 0, count > 0 || code == Z_OK || code == Z_STREAM_END else { throw failure("read") }
        return Int(count)
    }

    /// All of them, at most 2 GiB a call.
    package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(GzipError) {
        guard !bytes.isEmpty else { return }
        guard gzwrite(handle, bytes.baseAddress, UInt32(bytes.count)) == Int32(bytes.count) else {
            throw failure("written")
        }
    }

    /// Writes what is left. Nothing may be called after it.
    package mutating func close() throws(GzipError) {
        let result = gzclose(handle)
        handle = nil
        // Z_BUF_ERROR tells of a file that was not read to its end, which is no failure of closing it.
        guard result == Z_OK || result == Z_BUF_ERROR else {
            throw GzipError("\(name) can't be written: \(String(cString: strerror(errno)))")
        }
    }

    private var code: Int32 {
        var code: Int32 = 0
        gzerror(handle, &code)
        return code
    }

    private func failure(_ verb: String) -> GzipError {
        var code: Int32 = 0
        let text = gzerror(handle, &code).map { String(cString: $0) } ?? ""
        return switch code {
        case Z_BUF_ERROR: GzipError("\(name) is cut off before its end", isCutOff: true)
        case Z_ERRNO: GzipError("\(name) can't be \(verb): \(String(cString: strerror(errno)))")
        default: GzipError("\(name) can't be \(verb): \(text)")
        }
    }
}

/// Names the file and what the system said.
package struct GzipError: Error, Sendable, Hashable, CustomStringConvertible {
    package var description: String
    /// A compressed file that was read to where it ends, before its end.
    package var isCutOff: Bool

    init(_ description: String, isCutOff: Bool = false) {
        self.description = description
        self.isCutOff = isCutOff
    }
}
