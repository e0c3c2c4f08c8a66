import Foundation
import Synchronization
import TestProcess
import Testing

/// A real `orderlog` process of this build.
final class OrderlogProcess: Sendable {
    /// Beside the test bundle: the test target depends on the executable.
    static let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "orderlog")

    private let process: Mutex<ChildProcess>
    /// A file, not a pipe: nobody has to read it while the process runs.
    private let output: URL
    private let errors: URL
    let pid: Int32

    init(_ arguments: [String], environment: [String: String] = [:], errors: URL) throws {
        self.errors = errors
        let process = ChildProcess()
        process.executableURL = Self.executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if !FileManager.default.fileExists(atPath: errors.path) {
            _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
        }
        let handle = try FileHandle(forWritingTo: errors)
        try handle.seekToEnd()
        process.standardError = handle
        output = FileManager.default.temporaryDirectory.appending(path: "orderlog-\(UUID().uuidString).out")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        let outputHandle = try FileHandle(forWritingTo: output)
        process.standardOutput = outputHandle
        process.standardInput = FileHandle.nullDevice
        // The child has its own.
        defer {
            try? handle.close()
            try? outputHandle.close()
        }
        try process.run()
        pid = process.processIdentifier
        self.process = Mutex(process)
    }

    deinit {
        kill(pid, SIGKILL)
        try? FileManager.default.removeItem(at: output)
    }

    /// The port of a service, once it says that it is ready.
    func port(of service: String) async throws -> Int {
        try await eventually("\(service) service ready", within: .seconds(30)) {
            let isEnded = self.process.withLock { !$0.isRunning }
            for line in self.outputText.split(separator: "\n") {
                let words = line.split(separator: " ")
                if words.count == 5, words[0] == service, words[1] == "service" {
                    return line.split(separator: ":").last.flatMap { Int($0) }
                }
            }
            if isEnded { throw Failed("the process ended: \(self.errorText)") }
            return nil
        }
    }

    /// The port of the inside door, once it is open; the last one, where several processes wrote to one log.
    func insidePort() async throws -> Int {
        try await eventually("the inside door", within: .seconds(30)) {
            self.errorText.split(separator: "\n").last { $0.contains("the inside door is open at=http:") }
                .flatMap { $0.split(separator: ":").last }.flatMap { Int($0) }
        }
    }

    var outputText: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
    var errorText: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    func send(_ signal: Int32) { kill(pid, signal) }

    /// Stops it as a stall does, until SIGCONT. Returns when each of its threads stands still.
    func standStill() async throws {
        guard try await TestProcess.standStill(pid) else { throw Failed("\(pid) does not stand still") }
    }

    var isRunning: Bool { process.withLock(\.isRunning) }

    /// The exit code, or minus the signal that ended it.
    func ended(within limit: Duration) async throws -> Int32 {
        try await eventually("the process's end", within: limit) {
            self.process.withLock { process in
                guard !process.isRunning else { return nil }
                return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
            }
        }
    }

    func killNow() async throws {
        send(SIGKILL)
        _ = try await ended(within: .seconds(60))
    }
}

struct Failed: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// Asks until there is an answer. Throws what `condition` throws, or that time ran out.
func eventually<Value>(
    _ what: String, within limit: Duration, _ condition: () async throws -> Value?
) async throws -> Value {
    let end = ContinuousClock.now + limit
    while true {
        if let value = try await condition() { return value }
        if ContinuousClock.now > end { throw Failed("waited \(limit) for \(what)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// Waits until it is true.
func eventually(_ what: String, within limit: Duration, isTrue condition: () async throws -> Bool) async throws {
    let _: Bool = try await eventually(what, within: limit) { try await condition() ? true : nil }
}
