import Foundation
import Telemetry
import Testing

/// What `body` has its logger write, line by line.
func loggedLines(_ body: (Logger) async throws -> Void) async throws -> [String] {
    let path = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID().uuidString)").path
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let file = try #require(FileHandle(forWritingAtPath: path))
    defer { try? file.close() }
    let sink = LogSink(descriptor: file.fileDescriptor)
    try await body(Logger(service: "test", level: .info, format: .text, sink: sink))
    #expect(sink.flush())
    sink.close()
    return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
}
