package import EventLog
import Foundation
import JSON

/// Reads the records of an export, in the order of its lines. Throws for the first line that can't be read, and names it.
/// Lines are parsed by the page, a few pages ahead, on all processors.
package final class ExportReader: RecordSource {
    private static let page = 500
    private static let pagesAhead = 8

    private let path: String
    private let reading: RecordJSON.Reading
    private let lines: LineReader
    private var ahead: [Task<Result<[StoredRecord], ToolError>, Never>] = []
    /// Lines that were given to a parser.
    private var line = 0
    private var isAtEnd = false
    /// Why reading ends before the end, behind the pages that came before.
    private var failure: (any Error)?

    package init(path: String, _ reading: RecordJSON.Reading = .whole) throws {
        self.path = path
        self.reading = reading
        lines = try LineReader(path: path)
    }

    package var remaining: Int64? { nil }

    package func next() async throws -> [StoredRecord] {
        while ahead.count < Self.pagesAhead, !isAtEnd { readAhead() }
        guard !ahead.isEmpty else {
            if let failure { throw failure }
            return []
        }
        return try await ahead.removeFirst().value.get()
    }

    private func readAhead() {
        do {
            let page = try lines.next(atMost: Self.page)
            if page.isCut {
                throw ToolError("\(path) is cut off in its last line, \(line + 1): export it again")
            }
            isAtEnd = page.ends.isEmpty
            guard !isAtEnd else { return }
            ahead.append(parsing(page, first: line + 1))
            line += page.ends.count
        } catch {
            failure = error
            isAtEnd = true
        }
    }

    private func parsing(_ lines: Lines, first: Int) -> Task<Result<[StoredRecord], ToolError>, Never> {
        let path = path
        let reading = reading
        return Task {
            do throws(ToolError) {
                return .success(try ExportReader.records(lines, first: first, path, reading))
            } catch {
                return .failure(error)
            }
        }
    }

    private static func records(
        _ lines: Lines, first: Int, _ path: String, _ reading: RecordJSON.Reading
    ) throws(ToolError) -> [StoredRecord] {
        var records: [StoredRecord] = []
        records.reserveCapacity(lines.ends.count)
        try lines.forEach { index, line throws(ToolError) in
            do throws(JSONReadError) {
                records.append(try RecordJSON.read(line, reading))
            } catch {
                let reason =
                    switch error {
                    case .syntax(let error): "\(error.message) at byte \(error.offset)"
                    case .fields(let errors): errors.map { "\($0.field) \($0.message)" }.joined(separator: "; ")
                    }
                throw ToolError("line \(first + index) of \(path) is no record of an export: \(reason)")
            }
        }
        return records
    }

    /// Runs `body` with the path of a file that can be read more than once: standard input, `-`, is written into one first,
    /// which has no name any more by then, so that it goes with the process.
    package static func withFile<Value>(_ path: String, _ body: (String) async throws -> Value) async throws -> Value {
        guard path == "-" else { return try await body(path) }
        let name = FileManager.default.temporaryDirectory.appending(path: "orderlog-\(UUID().uuidString)").path
        let descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ToolError(
                "\(name) can't be written, where standard input is kept: \(String(cString: strerror(errno)))")
        }
        unlink(name)
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        while let bytes = try FileHandle.standardInput.read(upToCount: 1 << 20), !bytes.isEmpty {
            try handle.write(contentsOf: bytes)
        }
        let value = try await body("/dev/fd/\(descriptor)")
        try handle.close()
        return value
    }
}
