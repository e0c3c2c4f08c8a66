/// Reads the chunked coding (RFC 9112, 7.1), byte by byte as they come, each once.
///
/// Stricter than the grammar in one thing: no blanks outside of quoted strings, which the grammar calls bad and two readers
/// may take differently. Extensions and trailers are checked and dropped.
struct ChunkedBody {
    /// Bytes of a chunk's size and its extensions.
    private static let maximumLine = 1_024

    /// What says where a request ends, or whose it is, comes too late behind it.
    private static let forbidden: [StaticString] = ["content-length", "transfer-encoding", "host"]
    private static let longestForbidden = 17

    private enum Place {
        case size, extensionStart, extensionName, extensionValue, valueToken, quoted, quotedPair, afterQuoted,
            sizeLineFeed
        case data, dataReturn, dataLineFeed
        case trailer, trailerName, trailerValue, trailerLineFeed, endLineFeed
        case done
    }

    private var place = Place.size
    /// Bytes of the chunk that are to come.
    private var left = 0
    private var digits = 0
    /// Bytes of this size line, or of the trailers.
    private var lineLength = 0
    /// Bytes of body that came.
    private var received = 0
    /// As much of it as tells.
    private var trailerName: [UInt8] = []
    private let maximumBody: Int
    private let maximumTrailer: Int

    init(maximumBody: Int, maximumTrailer: Int) {
        self.maximumBody = maximumBody
        self.maximumTrailer = maximumTrailer
    }

    var isDone: Bool { place == .done }

    /// Reads on until the body ends or the bytes do.
    ///
    /// - Parameter take: gets each piece of the body
    /// - Returns: how many bytes were read
    mutating func read(
        _ bytes: UnsafeRawBufferPointer, take: (UnsafeRawBufferPointer) throws(RequestFault) -> Void
    ) throws(RequestFault) -> Int {
        var index = 0
        while index < bytes.count, place != .done {
            if place == .data {
                let piece = min(left, bytes.count - index)
                try take(bytes.part(index..<index + piece))
                received += piece
                left -= piece
                index += piece
                if left == 0 { place = .dataReturn }
                continue
            }
            let byte = bytes[index]
            index += 1
            switch place {
            case .size, .extensionStart, .extensionName, .extensionValue, .valueToken, .quoted, .quotedPair,
                .afterQuoted:
                lineLength += 1
                guard lineLength <= Self.maximumLine else { throw Self.malformed }
                try readSizeLine(byte)
                guard left <= maximumBody - received else { throw .bodyTooLarge(maximumBody) }
            case .sizeLineFeed:
                guard byte == .lineFeed else { throw Self.malformed }
                place = left == 0 ? .trailer : .data
                lineLength = 0
                digits = 0
            case .dataReturn:
                guard byte == .carriageReturn else { throw Self.malformed }
                place = .dataLineFeed
            case .dataLineFeed:
                guard byte == .lineFeed else { throw Self.malformed }
                place = .size
            case .trailer, .trailerName, .trailerValue, .trailerLineFeed, .endLineFeed:
                try readTrailer(byte)
            case .data, .done: break
            }
        }
        return index
    }

    private static let malformed = RequestFault.malformed("the body's chunks are malformed")

    private mutating func readSizeLine(_ byte: UInt8) throws(RequestFault) {
        switch (place, byte) {
        case (.size, _) where byte.hexDigit != nil:
            digits += 1
            // Sixteen digits fit; a size with its highest bit set does not, and is too much anyway.
            guard digits <= 16, left <= Int.max >> 4 else { throw Self.malformed }
            left = left << 4 | Int(byte.hexDigit ?? 0)
        case (.size, UInt8(ascii: ";")) where digits > 0: place = .extensionStart
        case (.size, .carriageReturn) where digits > 0: place = .sizeLineFeed
        case (.extensionStart, _) where byte.isToken: place = .extensionName
        case (.extensionName, _) where byte.isToken: break
        case (.extensionName, UInt8(ascii: "=")): place = .extensionValue
        case (.extensionValue, UInt8(ascii: "\"")): place = .quoted
        case (.extensionValue, _) where byte.isToken: place = .valueToken
        case (.valueToken, _) where byte.isToken: break
        case (.quoted, UInt8(ascii: "\"")): place = .afterQuoted
        case (.quoted, UInt8(ascii: "\\")): place = .quotedPair
        case (.quoted, _) where byte.isFieldValue: break
        case (.quotedPair, _) where byte.isFieldValue: place = .quoted
        case (.extensionName, UInt8(ascii: ";")), (.valueToken, UInt8(ascii: ";")), (.afterQuoted, UInt8(ascii: ";")):
            place = .extensionStart
        case (.extensionName, .carriageReturn), (.valueToken, .carriageReturn), (.afterQuoted, .carriageReturn):
            place = .sizeLineFeed
        default: throw Self.malformed
        }
    }

    private mutating func readTrailer(_ byte: UInt8) throws(RequestFault) {
        lineLength += 1
        guard lineLength <= maximumTrailer else {
            throw RequestFault(status: 431, detail: "the request's trailers have more than \(maximumTrailer) bytes")
        }
        switch (place, byte) {
        case (.trailer, .carriageReturn): place = .endLineFeed
        case (.trailer, _) where byte.isToken:
            trailerName = [byte]
            place = .trailerName
        case (.trailerName, _) where byte.isToken:
            if trailerName.count <= Self.longestForbidden { trailerName.append(byte) }
        case (.trailerName, .colon):
            let isForbidden = trailerName.withUnsafeBytes { name in
                Self.forbidden.contains { name.equalsIgnoringCase($0) }
            }
            guard !isForbidden else { throw Self.malformed }
            place = .trailerValue
        case (.trailerValue, .carriageReturn): place = .trailerLineFeed
        case (.trailerValue, _) where byte.isFieldValue: break
        case (.trailerLineFeed, .lineFeed): place = .trailer
        case (.endLineFeed, .lineFeed): place = .done
        default: throw Self.malformed
        }
    }
}
