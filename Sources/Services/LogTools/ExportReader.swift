package import EventLog
import JSON

/// Reads the records of an export, in the order of its lines. Throws for the first line that can't be read, and names it;
/// behind the last one, where its end is missing or counts other records than there are.
/// Lines are parsed by the page, a few pages ahead, on all processors.
package final class ExportReader: RecordSource {
    private static let page = 500
    private static let pagesAhead = 8

    /// What some lines hold.
    private struct Page {
        var records: [StoredRecord] = []
        /// What the last of them counts, where it is the last line of an export.
        var end: Int?
    }

    private let file: ExportFile
    private let reading: RecordJSON.Reading
    private let lines: LineReader
    private var ahead: [Task<Result<Page, ToolError>, Never>] = []
    /// Lines that were given to a parser.
    private var line = 0
    private var isAtEnd = false
    /// Why reading ends before the end, behind the pages that came before.
    private var failure: (any Error)?
    /// Records that were answered.
    private var count = 0
    /// What the export says that it holds, once its end was read.
    private var end: Int?

    /// Throws a `ToolError` for a file that can't be opened.
    package init(_ file: ExportFile, _ reading: RecordJSON.Reading = .whole) throws {
        self.file = file
        self.reading = reading
        lines = try LineReader(path: file.path, named: file.name, mayBeCut: file.mayBePart)
    }

    package var remaining: Int64? { nil }

    package func next() async throws -> [StoredRecord] {
        while true {
            while ahead.count < Self.pagesAhead, !isAtEnd { readAhead() }
            guard !ahead.isEmpty else {
                if let failure { throw failure }
                try checkEnd()
                return []
            }
            let page = try await ahead.removeFirst().value.get()
            if end != nil, !file.mayBePart { throw Self.goesOn(file) }
            count += page.records.count
            end = page.end ?? end
            if !page.records.isEmpty { return page.records }
        }
    }

    private static let advice = "export it again, or take it as it is with --partial"

    private static func goesOn(_ file: ExportFile) -> ToolError {
        ToolError("\(file.name) goes on behind the end of an export: \(advice)")
    }

    private func checkEnd() throws(ToolError) {
        if file.mayBePart { return }
        guard let end else {
            throw ToolError("\(file.name) lacks the last line of an export, so some may be missing: \(Self.advice)")
        }
        guard end == count else {
            throw ToolError("\(file.name) says that it has \(end) records, and has \(count): \(Self.advice)")
        }
    }

    private func readAhead() {
        do {
            let page = try lines.next(atMost: Self.page)
            if page.isCut, !file.mayBePart {
                throw ToolError("\(file.name) is cut off in its last line, \(line + 1): \(Self.advice)")
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

    private func parsing(_ lines: Lines, first: Int) -> Task<Result<Page, ToolError>, Never> {
        let file = file
        let reading = reading
        return Task {
            do throws(ToolError) {
                return .success(try ExportReader.page(lines, first: first, file, reading))
            } catch {
                return .failure(error)
            }
        }
    }

    private static func page(
        _ lines: Lines, first: Int, _ file: ExportFile, _ reading: RecordJSON.Reading
    ) throws(ToolError) -> Page {
        var page = Page()
        page.records.reserveCapacity(lines.ends.count)
        try lines.forEach { index, line throws(ToolError) in
            if page.end != nil, !file.mayBePart { throw goesOn(file) }
            do throws(JSONReadError) {
                if let count = try RecordJSON.readEnd(line) {
                    page.end = count
                } else {
                    page.records.append(try RecordJSON.read(line, reading))
                }
            } catch {
                throw ToolError(
                    "line \(first + index) of \(file.name) is no record of an export: \(error.text(of: "it"))")
            }
        }
        return page
    }
}
