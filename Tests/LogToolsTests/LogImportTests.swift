import EventLog
import Foundation
import Headers
import Testing

@testable import LogTools

@Suite struct LogImportTests {
    /// Into a topic of fewer partitions keys go to those that are theirs there, each key's records in their order.
    @Test func anyPartitionsTakesATopicOfFewer() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "import-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path + "/events.ndjson"
        let records = (0..<60).map { number in
            let key = Array("key \(number % 20)".utf8)
            return StoredRecord(
                position: LogPosition(
                    topic: "orders", partition: Murmur2.partition(of: key, among: 12), offset: Int64(number)),
                key: key, headers: [], value: Array("\(number)".utf8), timestamp: 1_000 + Int64(number))
        }
        let writer = try LineWriter(path: path)
        try writer.write(RecordJSON.lines(records), count: records.count)
        try writer.write(RecordJSON.end(count: records.count), count: 0)
        try writer.end(isComplete: true)

        let log = try await EmbeddedEventLog(path: folder.path + "/log.db")
        try await log.create([TopicDeclaration(name: "orders", partitions: 3, retention: nil)])
        try await ExportFile.with(path, mayBePart: false) { file in
            await #expect(throws: ToolError.self) {
                _ = try await LogImport(into: log, topic: nil).check(file, anyPartitions: false) { _ in }
            }
            let work = LogImport(into: log, topic: nil)
            #expect(try await work.check(file, anyPartitions: true) { _ in } == 60)
            try await work.run(file) { _ in }
            #expect(work.imported == 60)
        }
        for partition: Int32 in 0..<3 {
            let here = try await log.read(topic: "orders", partition: partition, from: 0, limit: 100)
            #expect(here.allSatisfy { Murmur2.partition(of: $0.key ?? [], among: 3) == partition })
            #expect(here.map(\.timestamp) == here.map(\.timestamp).sorted())
        }
        await log.close()
    }
}
