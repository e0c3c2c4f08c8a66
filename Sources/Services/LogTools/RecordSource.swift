package import EventLog

/// Records from somewhere: a log, or an export of one.
package protocol RecordSource: AnyObject {
    /// About how many records lie before its end; nil when nobody knows.
    var remaining: Int64? { get }

    /// The next records, as many as are at hand, a few thousand at most; empty at the end.
    func next() async throws -> [StoredRecord]
}

/// Those records of a source that are selected.
package final class SelectedRecords: RecordSource {
    private let source: any RecordSource
    private let selection: LogSelection
    /// All that the source had, selected or not.
    private let passed: (Int) -> Void

    package init(_ source: any RecordSource, _ selection: LogSelection, passed: @escaping (Int) -> Void) {
        self.source = source
        self.selection = selection
        self.passed = passed
    }

    package var remaining: Int64? { source.remaining }

    package func next() async throws -> [StoredRecord] {
        while true {
            let records = try await source.next()
            if records.isEmpty { return [] }
            passed(records.count)
            let selected = records.filter(selection.matches)
            if !selected.isEmpty || Task.isCancelled { return selected }
        }
    }
}
