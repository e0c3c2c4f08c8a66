import Foundation

/// `--key-file`
enum AccessKeyFile {
    /// Bytes that are looked at: a key has 46.
    private static let mostBytes = 4_096

    /// The key on the first line of a file. The message names the option and no path or content.
    static func read(_ path: String) throws(Failure) -> String {
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: mostBytes) else {
            throw Failure("the file of --key-file can't be read")
        }
        let line = data.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        guard !line.isEmpty, line.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Failure("the first line of the file of --key-file is no key")
        }
        return String(decoding: line, as: UTF8.self)
    }
}
