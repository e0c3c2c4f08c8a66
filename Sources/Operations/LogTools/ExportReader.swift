package import EventLog
import Foundation
import JSON

/// Reads the records of an export, in the order of its lines. Throws for the first line that can't be read, and names it.
package final class ExportReader: RecordSource {
    private static let page = 1_000

    private let path: String
    private let lines: LineReader
    /// Lines read so far.
    package private(set) var line = 0

    package init(path: String) throws {
        self.path = path
        lines = try LineReader(path: path)
    }

    package var remaining: Int64? { nil }

    package func next() throws -> [StoredRecord] {
        var records: [StoredRecord] = []
        while records.count < Self.page, let record = try nextRecord() { records.append(record) }
        return records
    }

    package func nextRecord() throws -> StoredRecord? {
        guard let (bytes, isWhole) = try lines.next() else { return nil }
        line += 1
        guard isWhole else { throw ToolError("\(path) is cut off in its last line, \(line): export it again") }
        do {
            return try RecordJSON.read(bytes)
        } catch {
            let reason =
                switch error {
                case .syntax(let error): "\(error.message) at byte \(error.offset)"
                case .fields(let errors): errors.map { "\($0.field) \($0.message)" }.joined(separator: "; ")
                }
            throw ToolError("line \(line) of \(path) is no record of an export: \(reason)")
        }
    }

    /// Runs `body` with the path of a file that can be read more than once: standard input, `-`, is written into one.
    package static func withFile<Value>(_ path: String, _ body: (String) async throws -> Value) async throws -> Value {
        guard path == "-" else { return try await body(path) }
        let file = FileManager.default.temporaryDirectory.appending(path: "orderlog-\(UUID().uuidString).ndjson").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        guard FileManager.default.createFile(atPath: file, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: file)
        else { throw ToolError("\(file) can't be written; what comes from standard input is kept there first") }
        while let bytes = try FileHandle.standardInput.read(upToCount: 1 << 20), !bytes.isEmpty {
            try handle.write(contentsOf: bytes)
        }
        try handle.close()
        return try await body(file)
    }
}
