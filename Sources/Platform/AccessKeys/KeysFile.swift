import FollowedFiles
import Glibc

/// The file of keys: a line each, hashes in the place of keys, so that a person can read it and nobody can use it.
package struct KeysFile: Sendable {
    package let path: String

    /// Keys in a file.
    package static let mostKeys = 1_000
    /// Bytes of a file.
    package static let limit = 256 << 10

    package init(path: String) {
        self.path = path
    }

    /// What is wrong with a file, and what to do; it names the file.
    package struct Fault: Error, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// Also a file without a key, to which nobody can show a good one yet.
    package func read() throws(Fault) -> [AccessKey] {
        let bytes: [UInt8]
        do throws(SmallFile.Fault) {
            bytes = try SmallFile(path: path, limit: Self.limit).read(check)
        } catch {
            throw fault(error.text + (error.isMissing ? "; `orderlog keys create --file \(path) …` makes it" : ""))
        }
        return try keys(in: bytes)
    }

    /// Who else could read or write it. A container's platform hands files over that belong to another user and that all may
    /// read, which can't be changed from inside. A file of our own can.
    private func check(_ status: stat) throws(SmallFile.Fault) {
        guard status.st_mode & 0o022 == 0 else {
            throw SmallFile.Fault("may be written by others: chmod 600 \(path)")
        }
        guard status.st_uid != geteuid() || status.st_mode & 0o077 == 0 else {
            throw SmallFile.Fault("may be read by others: chmod 600 \(path)")
        }
    }

    func keys(in bytes: [UInt8]) throws(Fault) -> [AccessKey] {
        var keys: [AccessKey] = []
        var names: Set<String> = []
        var hashes: Set<[UInt8]> = []
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let text = String(decoding: line, as: UTF8.self)
            if text.hasPrefix("#") || text.allSatisfy(\.isWhitespace) { continue }
            // What is there instead is not told: it may be a key.
            guard let key = AccessKey(line: text) else {
                throw fault("has no NAME SCOPES CREATED EXPIRES SHA256 on line \(index + 1)")
            }
            guard names.insert(key.name).inserted, hashes.insert(key.hash).inserted else {
                throw fault("has the key of line \(index + 1) twice")
            }
            keys.append(key)
        }
        guard keys.count <= Self.mostKeys else { throw fault("has more than \(Self.mostKeys) keys") }
        return keys
    }

    func fault(_ text: String) -> Fault { Fault(description: "the keys file \(path) \(text)") }
}
