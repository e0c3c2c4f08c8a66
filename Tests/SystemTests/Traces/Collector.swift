import Foundation
import TestBroker
import TestProcess
import Testing

/// OpenTelemetry's own collector, which writes what it got, span by span.
final class Collector: Sendable {
    /// The program; nil: there is none here.
    static let executable = ProcessInfo.processInfo.environment["OTELCOL"].flatMap { $0.isEmpty ? nil : $0 }

    struct Span: Sendable {
        var service = ""
        var trace = ""
        var id = ""
        /// Empty: it is the first of its trace.
        var parent = ""
        var name = ""
        var kind = ""
        var state = ""
        var attributes: [String: String] = [:]
        /// Traces of other spans.
        var links: [String] = []

        /// The service without what all have in common, and what it did.
        var summary: String { "\(service.replacing("orderlog-", with: "")): \(name)" }
    }

    let endpoint: String
    private let process: ChildProcess
    private let folder: URL
    private var output: URL { folder.appending(path: "spans.txt") }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "collector-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let port = try FreePorts.take(1)[0]
        endpoint = "http://127.0.0.1:\(port)"
        let configuration = folder.appending(path: "otel.yaml")
        try """
        receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:\(port)"}}}}
        exporters: {debug: {verbosity: detailed}}
        service:
          telemetry: {metrics: {level: none}}
          pipelines: {traces: {receivers: [otlp], exporters: [debug]}}

        """.write(to: configuration, atomically: true, encoding: .utf8)
        process = ChildProcess()
        process.executableURL = URL(filePath: Self.executable ?? "")
        process.arguments = ["--config", configuration.path]
        process.environment = ProcessInfo.processInfo.environment
        let file = folder.appending(path: "spans.txt")
        #expect(FileManager.default.createFile(atPath: file.path, contents: nil))
        let handle = try FileHandle(forWritingTo: file)
        process.standardError = handle
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        defer { try? handle.close() }
        try process.run()
    }

    func stop() {
        kill(process.processIdentifier, SIGKILL)
        try? FileManager.default.removeItem(at: folder)
    }

    /// Waits until it takes spans.
    func ready() async throws {
        try await eventually("the collector is ready", within: .seconds(60)) { text.contains("Everything is ready") }
    }

    private var text: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

    /// All that it got so far.
    var spans: [Span] {
        var spans: [Span] = []
        var service = ""
        for line in text.split(separator: "\n") {
            let words = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if line.hasPrefix("Span #") {
                spans.append(Span(service: service))
                continue
            }
            guard words.count == 2 else { continue }
            if words[0] == "-> service.name" { service = Self.value(words[1]) }
            guard !spans.isEmpty else { continue }
            let last = spans.count - 1
            switch words[0] {
            case "Trace ID": spans[last].trace = words[1]
            case "Parent ID": spans[last].parent = words[1]
            case "ID": spans[last].id = words[1]
            case "Name": spans[last].name = words[1]
            case "Kind": spans[last].kind = words[1]
            case "TraceState": spans[last].state = words[1]
            case "-> Trace ID": spans[last].links.append(words[1])
            case let name where name.hasPrefix("-> ") && !line.contains("service."):
                spans[last].attributes[String(name.dropFirst(3))] = Self.value(words[1])
            default: break
            }
        }
        return spans
    }

    /// `Str(a)` is a.
    private static func value(_ text: String) -> String {
        guard let start = text.firstIndex(of: "("), text.hasSuffix(")") else { return text }
        return String(text[text.index(after: start)...].dropLast())
    }
}
