import HTTPServer
import JSONSchema
import Telemetry
import TestTelemetry
import Testing

@testable import HTTPAPI

/// The trace that a caller is told is one that the log has.
@Suite struct ProblemTraceTests {
    private static let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private static func operation(
        _ pattern: String, _ method: HTTPAPI.Operation.Method = .get, isAlwaysTaken: Bool = false
    ) -> HTTPAPI.Operation {
        HTTPAPI.Operation(
            method, pattern, id: pattern, tag: .init("test", "For tests."), access: .open, summary: "Get it",
            description: "It is got.",
            answers: [.init("It.", .json(.anything, example: "{}"))], isAlwaysTaken: isAlwaysTaken)
    }

    /// The log's lines after one request that `problem` is the answer to.
    private func log(
        _ problem: Problem, to method: HTTPAPI.Operation.Method = .get, isAlwaysTaken: Bool = false
    ) async throws -> (answer: String, log: String) {
        let file = try LogFile()
        let operation = Self.operation("/a", method, isAlwaysTaken: isAlwaysTaken)
        let api = API(
            APIDescription(title: "Test", description: "A test.", server: "Here.", operations: [operation]),
            logger: file.logger(.info, .json), problem: { _ in nil })
        let request = HTTPRequest(
            method: method.rawValue, target: "/a", path: "/a",
            headers: HTTPHeaders([("traceparent", Self.traceparent)]),
            route: "/a")
        let response = await api.response(to: request, RequestTrace(request), operation) { _ in throw problem }
        return (String(decoding: response.body, as: UTF8.self), try file.text())
    }

    @Test func whatIsOurFaultIsInTheLog() async throws {
        let (answer, log) = try await log(.tooBusy)
        #expect(answer.contains(#""trace_id":"4bf92f3577b34da6a3ce929d0e0e4736""#))
        #expect(log.contains("4bf92f3577b34da6a3ce929d0e0e4736") && log.contains("Too many requests are waiting"))
    }

    @Test func whatIsTheCallersFaultIsNot() async throws {
        #expect(try await log(.notFound("such order")).log == "")
    }

    /// Of a write it is, as everything that could have changed something; and what is our fault has one line.
    @Test func aWriteHasOneLine() async throws {
        let (answer, refused) = try await log(.notFound("such order"), to: .post)
        #expect(answer.contains(#""trace_id":"4bf92f3577b34da6a3ce929d0e0e4736""#))
        #expect(refused.contains("4bf92f3577b34da6a3ce929d0e0e4736") && refused.contains(#""status":404"#))
        #expect(!refused.contains("such order"))
        let failed = try await log(.tooBusy, to: .post).log
        #expect(refused.count { $0 == "\n" } == 1 && failed.count { $0 == "\n" } == 1)
        #expect(failed.contains(#""status":503"#))
    }

    @Test func whetherItIsReadyIsNot() async throws {
        #expect(try await log(.tooBusy, isAlwaysTaken: true).log == "")
    }
}
