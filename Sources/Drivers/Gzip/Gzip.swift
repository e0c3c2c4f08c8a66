internal import CZlib

/// Bytes in memory, compressed.
package enum Gzip {
    /// Answers of JSON shrink to an eighth at level 4, as at 6, in two thirds of the time.
    private static let level: Int32 = 4
    /// zlib's largest window, and 16 for a head and an end as gzip has them (RFC 1952).
    private static let windowBits: Int32 = 15 + 16

    /// The bytes as one member of gzip's format; nil where zlib has no memory for it. Takes some milliseconds for a megabyte.
    package static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count <= 1 << 30 else { return nil }
        var stream = z_stream()
        guard
            deflateInit2_(
                &stream, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, uLong(bytes.count)))
        // Not in the array itself: it would keep the room of the longest outcome for as long as the answer waits.
        let output = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bound)
        defer { output.deallocate() }
        // zlib reads there and writes nothing.
        let isWhole = bytes.withUnsafeBufferPointer { input in
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = uInt(input.count)
            stream.next_out = output.baseAddress
            stream.avail_out = uInt(bound)
            return deflate(&stream, Z_FINISH) == Z_STREAM_END
        }
        return isWhole ? Array(output[..<(bound - Int(stream.avail_out))]) : nil
    }
}
