import Foundation
import TestProcess

/// A Python program that prints the port that it listens on, and writes what it took into a file, a JSON object a line.
final class PythonServer: Sendable {
    let port: Int
    private let process: ChildProcess
    private let file: URL

    /// `port`: 0 takes a free one.
    static func start(_ program: String, port: UInt16 = 0, _ arguments: [String]) async throws -> PythonServer {
        try await onAThread { try PythonServer(program, port, arguments) }
    }

    private init(_ program: String, _ port: UInt16, _ arguments: [String]) throws {
        file = FileManager.default.temporaryDirectory.appending(path: "taken-\(UUID().uuidString)")
        try Data().write(to: file)
        process = ChildProcess()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", program, file.path, "\(port)"] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        guard let line = String(data: output.fileHandleForReading.availableData, encoding: .utf8),
            let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines))
        else { throw CocoaError(.executableLoad) }
        self.port = port
    }

    deinit {
        process.terminate()
        try? FileManager.default.removeItem(at: file)
    }

    func taken<Entry: Decodable>() throws -> [Entry] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
            try JSONDecoder().decode(Entry.self, from: Data($0.utf8))
        }
    }
}
