import FollowedFiles
import Glibc

/// A file of tokens, one a line; empty lines and those that begin with `#` say nothing.
struct TokenFile {
    let path: String

    /// Bytes of the file.
    static let limit = 16 << 10
    /// Two while one follows another, and some that were forgotten.
    static let mostTokens = 16
    /// Characters of a token: fewer could be guessed. 32 of base64url are 192 bits.
    static let lengths = 32...512

    /// What is wrong with it, and what to do.
    struct Fault: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// One token at least, each of those that RFC 6750 allows.
    func read() throws(Fault) -> [String] {
        let bytes: [UInt8]
        do throws(SmallFile.Fault) {
            bytes = try SmallFile(path: path, limit: Self.limit).read(check)
        } catch {
            throw fault(error.text)
        }
        return try tokens(in: bytes)
    }

    /// Who else could read or write it. A container's platform hands secrets over as files of another user (root's) that all may
    /// read, in a container where nobody else is: that can't be changed from inside, and is taken. A file of our own can.
    private func check(_ status: stat) throws(SmallFile.Fault) {
        let isOurs = status.st_uid == geteuid()
        guard status.st_mode & 0o022 == 0 else {
            throw SmallFile.Fault("may be written by others: chmod go-w \(path)")
        }
        guard !isOurs || status.st_mode & 0o004 == 0 else {
            throw SmallFile.Fault("may be read by everybody on this machine: chmod 600 \(path)")
        }
    }

    private func tokens(in bytes: [UInt8]) throws(Fault) -> [String] {
        var tokens: [String] = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let text = String(decoding: line, as: UTF8.self).trimmed
            if text.isEmpty || text.hasPrefix("#") { continue }
            // What is there instead is not told: it may be half a token.
            guard Self.lengths.contains(text.utf8.count), text.utf8.allSatisfy(\.isOfToken) else {
                throw fault(
                    "has no token on line \(index + 1): \(Self.lengths.lowerBound) to \(Self.lengths.upperBound) letters, digits and -._~+/="
                )
            }
            tokens.append(text)
        }
        guard !tokens.isEmpty else { throw fault("has no token: openssl rand -hex 32 makes one") }
        guard tokens.count <= Self.mostTokens else { throw fault("has more than \(Self.mostTokens) tokens") }
        return tokens
    }

    private func fault(_ text: String) -> Fault { Fault(description: "the file of inside tokens \(path) \(text)") }
}

extension String {
    fileprivate var trimmed: String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
        let rest = drop(while: isSpace)
        return String(rest.reversed().drop(while: isSpace).reversed())
    }
}

extension UInt8 {
    /// RFC 6750, 2.1: `b64token`.
    fileprivate var isOfToken: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~+/=".utf8.contains(self)
        }
    }
}
