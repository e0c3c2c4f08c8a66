import HTTPServer
import Synchronization
import Telemetry
import Testing

@testable import Tracing

@Suite("What sends spans", .timeLimit(.minutes(2)))
struct SpanSenderTests {
    @Test("sends them in batches, with the headers that were asked for, and what is left when it stops")
    func sends() async throws {
        let receiver = Receiver()
        let url = try receiver.start()
        let queue = SpanQueue(capacity: 100, batch: 4)
        let sender = Self.sender(queue, to: url) {
            $0.headers = [("authorization", "Bearer x")]
            // Only a whole batch is sent by itself.
            $0.delay = .seconds(3_600)
        }
        sender.start()
        Self.record(4, into: queue)
        try await eventually { receiver.bodies.count == 1 }
        Self.record(2, into: queue)
        await sender.stop()
        #expect(receiver.bodies.count == 2)
        #expect(receiver.headers.allSatisfy { $0["authorization"] == "Bearer x" })
        #expect(receiver.headers.allSatisfy { $0["content-type"] == "application/x-protobuf" })
        #expect(receiver.bodies.map { $0.count(of: "work") } == [4, 2])
        await receiver.stop()
    }

    @Test("tries again where the receiver is busy")
    func busy() async throws {
        let receiver = Receiver(refusals: [503, 429])
        let queue = SpanQueue(capacity: 100, batch: 1)
        let sender = Self.sender(queue, to: try receiver.start()) { _ in }
        sender.start()
        Self.record(1, into: queue)
        try await eventually { receiver.bodies.count == 3 }
        await sender.stop()
        #expect(queue.dropped == 0)
        await receiver.stop()
    }

    @Test("drops and counts what the receiver will never take, and goes on")
    func refused() async throws {
        let receiver = Receiver(refusals: [400])
        let queue = SpanQueue(capacity: 100, batch: 2)
        let sender = Self.sender(queue, to: try receiver.start()) { _ in }
        sender.start()
        Self.record(2, into: queue)
        try await eventually { queue.dropped == 2 }
        Self.record(2, into: queue)
        try await eventually { receiver.bodies.count == 2 }
        await sender.stop()
        #expect(queue.dropped == 2)
        await receiver.stop()
    }

    @Test("gives a batch up when nobody is there for too long, and holds no more than there is room for")
    func away() async throws {
        let queue = SpanQueue(capacity: 3, batch: 2)
        let sender = Self.sender(queue, to: "http://127.0.0.1:9/v1/traces") { $0.patience = .milliseconds(200) }
        sender.start()
        Self.record(20, into: queue)
        try await eventually { queue.count == 0 }
        await sender.stop()
        #expect(queue.dropped == 20)
    }

    private static func sender(
        _ queue: SpanQueue, to url: String, _ change: (inout TracingSettings) -> Void
    ) -> SpanSender {
        var settings = TracingSettings(url: url)
        settings.delay = .milliseconds(10)
        change(&settings)
        return SpanSender(queue, settings, TraceResource(version: "1", instance: "i"), logger: .silent)
    }

    private static func record(_ count: Int, into queue: SpanQueue) {
        let tracer = Tracer(service: "order", sampler: .always, queue: queue)
        for _ in 0..<count { tracer.begin("work", .work, below: tracer.context(continuing: nil))?.end() }
    }

    private func eventually(_ condition: () -> Bool) async throws {
        while !condition() { try await Task.sleep(for: .milliseconds(5)) }
    }
}

/// Takes what is sent, or refuses it with the next of some statuses.
private final class Receiver: Sendable {
    private let taken = Mutex<[(headers: [String: String], body: [UInt8])]>([])
    private let refusals: Mutex<[Int]>
    private let server = Mutex<HTTPServer?>(nil)

    init(refusals: [Int] = []) { self.refusals = Mutex(refusals) }

    var bodies: [[UInt8]] { taken.withLock { $0.map(\.body) } }
    var headers: [[String: String]] { taken.withLock { $0.map(\.headers) } }

    func start() throws -> String {
        var router = HTTPRouter()
        router.on("POST", "/v1/traces") { [self] request in
            let names = ["authorization", "content-type"]
            let headers = Dictionary(uniqueKeysWithValues: names.map { ($0, request.headers[$0] ?? "") })
            taken.withLock { $0.append((headers, Array(request.body))) }
            return HTTPResponse(status: refusals.withLock { $0.isEmpty ? nil : $0.removeFirst() } ?? 200)
        }
        let server = HTTPServer(
            configuration: HTTPServerConfiguration(), router: router,
            refusal: { HTTPResponse(status: $0.status) }, log: { _ in })
        self.server.withLock { $0 = server }
        return "http://127.0.0.1:\(try server.start())/v1/traces"
    }

    func stop() async { await server.withLock { $0 }?.stop(within: .seconds(5)) }
}

extension [UInt8] {
    /// How often a text stands in it.
    fileprivate func count(of text: String) -> Int {
        let bytes = Array(text.utf8)
        return indices.filter { self[$0...].starts(with: bytes) }.count
    }
}
