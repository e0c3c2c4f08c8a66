import Glibc

/// Bodies from a file, one a line.
package enum OrderFile {
    /// Bytes of a file.
    package static let largest = 64 << 20
    /// Bodies of a file.
    package static let most = 500_000

    /// Throws what to do, for people.
    package static func read(_ path: String) throws(LoadFailure) -> [OrderDraft] {
        guard let file = fopen(path, "re") else {
            throw LoadFailure("\(path) can't be read: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&piece, 1, piece.count, file)
            bytes += piece[..<count]
            guard bytes.count <= largest else { throw LoadFailure("\(path) has more than \(largest >> 20) MiB") }
            if count < piece.count { break }
        }
        guard ferror(file) == 0 else { throw LoadFailure("\(path) can't be read to its end") }
        let lines = bytes.split(separator: UInt8(ascii: "\n")).filter { $0.contains { $0 > 0x20 } }
        guard !lines.isEmpty else { throw LoadFailure("\(path) has no line: it wants the body of an order on each") }
        guard lines.count <= most else { throw LoadFailure("\(path) has more than \(most) lines") }
        return lines.map { OrderDraft(body: Array($0)) }
    }
}
