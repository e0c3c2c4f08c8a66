import Foundation
package import Telemetry

/// A file that loggers write into, and what stands in it when they are done.
package final class LogFile {
    private let path = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID().uuidString)").path
    private let file: FileHandle
    private let sink: LogSink

    package init() throws {
        try Data().write(to: URL(filePath: path))
        guard let file = FileHandle(forWritingAtPath: path) else { throw CocoaError(.fileWriteUnknown) }
        self.file = file
        sink = LogSink(descriptor: file.fileDescriptor)
    }

    deinit {
        sink.close()
        try? file.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    package func logger(_ level: LogLevel = .info, _ format: LogFormat = .text) -> Logger {
        Logger(service: "test", level: level, format: format, sink: sink)
    }

    /// All that has been logged by now.
    package func text() throws -> String {
        // Its thread may come late on a busy machine.
        guard sink.flush(within: 50) else { throw CocoaError(.fileWriteUnknown) }
        return try String(contentsOfFile: path, encoding: .utf8)
    }

    package func lines() throws -> [String] { try text().split(separator: "\n").map(String.init) }

    /// The lines of a log in JSON.
    package func objects() throws -> [[String: Any]] {
        try lines().map { line in
            guard let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
                throw CocoaError(.fileReadCorruptFile)
            }
            return object
        }
    }
}
