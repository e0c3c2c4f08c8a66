import HTTPServer
import JSONSchema
import Telemetry
import TestTelemetry
import Testing

@testable import HTTPAPI

/// Each request that could change something has one line, which says who asked and tells nothing of what.
@Suite struct WriteLogTests {
    private static let traceID = "4bf92f3577b34da6a3ce929d0e0e4736"

    private static func operation(
        _ method: HTTPAPI.Operation.Method, _ access: Access = .keys([.operate])
    ) -> HTTPAPI.Operation {
        HTTPAPI.Operation(
            method, "/orders/{order_id}/ship", id: "ship", tag: .init("test", "For tests."), access: access,
            summary: "Ship it", description: "It is shipped.",
            path: [.init("order_id", "Its id.", .text())],
            answers: [.init("It.", .json(.anything, example: "{}"))])
    }

    /// What a log of this level has after `body`.
    private func log(
        _ level: LogLevel = .info, _ body: (WriteLog) async throws -> Void
    ) async throws -> [[String: String]] {
        let file = try LogFile()
        try await body(WriteLog(file.logger(level, .json)))
        return try file.objects().map { $0.mapValues { "\($0)" } }
    }

    private static let trace = RequestTrace(
        HTTPRequest(
            method: "POST", target: "/orders/7/ship?a=secret", path: "/orders/7/ship",
            headers: HTTPHeaders([
                ("traceparent", "00-\(traceID)-00f067aa0ba902b7-01"), ("authorization", "Bearer ol_x"),
            ]),
            body: Array("body".utf8), route: "/orders/{order_id}/ship"))

    @Test func aWriteHasOneLineWithTheCaller() async throws {
        let lines = try await log { writes in
            let caller = HTTPAPI.Caller(name: "staff.2")
            writes.note(Self.operation(.post), status: 200, caller: caller, trace: Self.trace, since: .now)
            writes.note(Self.operation(.put), status: 409, caller: caller, trace: Self.trace, since: .now - .seconds(2))
            writes.note(Self.operation(.post), status: 201, caller: nil, trace: Self.trace, since: .now)
        }
        #expect(lines.map { $0["message"] } == ["a request was done", "a request was refused", "a request was done"])
        #expect(lines.map { $0["method"] } == ["POST", "PUT", "POST"])
        #expect(lines.map { $0["status"] } == ["200", "409", "201"])
        #expect(lines.map { $0["caller"] } == ["staff.2", "staff.2", nil])
        #expect(lines.allSatisfy { $0["route"] == "/orders/{order_id}/ship" && $0["trace_id"] == Self.traceID })
        #expect(lines.allSatisfy { $0["level"] == "info" && $0["duration_ms"].flatMap { Double($0) } != nil })
        #expect(lines[1]["duration_ms"].flatMap { Double($0) }.map { 2_000..<10_000 ~= $0 } == true)
        let known = [
            "time", "level", "service", "message", "method", "route", "status", "caller", "trace_id", "span_id",
            "duration_ms",
        ]
        #expect(lines.allSatisfy { Set($0.keys).isSubset(of: known) })
    }

    @Test func readingHasNoneAndNoLineIsSaidTwice() async throws {
        let lines = try await log { writes in
            writes.note(Self.operation(.get), status: 200, caller: nil, trace: Self.trace, since: .now)
            writes.note(Self.operation(.post), status: 503, caller: nil, trace: Self.trace, since: .now)
        }
        #expect(lines.isEmpty)
    }

    @Test func whoLooksForAFaultSeesReadingToo() async throws {
        let lines = try await log(.debug) { writes in
            writes.note(Self.operation(.get), status: 200, caller: nil, trace: Self.trace, since: .now)
        }
        #expect(lines.map { $0["level"] } == ["debug"])
    }

    @Test func whatNoOperationLooksAtHasALineToo() async throws {
        let lines = try await log { writes in
            writes.refused("POST", "/orders", status: 503, traceID: Self.traceID)
            writes.refused(
                "_OTHER", nil, status: 408, traceID: nil, client: ClientAddress("2001:db8::1:2:3:4"),
                took: .milliseconds(12_345))
            writes.refused("GET", nil, status: 404, traceID: Self.traceID)
            for _ in 0..<10_000 { writes.refused("POST", "/orders", status: 429, traceID: Self.traceID) }
        }
        #expect(lines.prefix(2).map { $0["status"] } == ["503", "408"])
        #expect(lines.prefix(2).map { $0["level"] } == ["warning", "info"])
        #expect(lines.first?["trace_id"] == Self.traceID && lines.first?["route"] == "/orders")
        #expect(lines[1]["client"] == "2001:db8::" && lines[1]["duration_ms"].flatMap { Double($0) } == 12_345)
        #expect(lines.dropFirst(2).allSatisfy { $0["status"] == "429" } && lines.count < 1_000)
    }

    @Test func theServicesOwnCallsAreForWhoLooksForAFault() async throws {
        for (level, count) in [(LogLevel.info, 0), (.debug, 1)] {
            let lines = try await log(level) { writes in
                writes.note(Self.operation(.post, .inside), status: 200, caller: nil, trace: Self.trace, since: .now)
            }
            #expect(lines.count == count)
        }
    }

    @Test func refusalsDoNotFillTheLog() async throws {
        let lines = try await log { writes in
            for _ in 0..<10_000 {
                writes.note(Self.operation(.post), status: 401, caller: nil, trace: Self.trace, since: .now)
            }
            for _ in 0..<100 {
                writes.note(Self.operation(.post), status: 200, caller: nil, trace: Self.trace, since: .now)
            }
        }
        #expect(lines.count { $0["status"] == "200" } == 100)
        // 20 a second.
        #expect((20..<1_000).contains(lines.count { $0["status"] == "401" }))
    }
}
