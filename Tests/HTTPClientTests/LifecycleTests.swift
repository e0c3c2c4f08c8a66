import HTTPClient
import Synchronization
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Connections, many calls at once, cancelling and closing.
@Suite(.timeLimit(.minutes(3))) struct LifecycleTests {
    @Test func keepsConnections() async throws {
        let server = try RawServer.echo()
        try await withClient { client in
            for number in 0..<20 {
                await client.succeed("POST", server.url("/\(number)"), body: [1])
            }
        }
        #expect(server.connections == 1)
        #expect(server.requests.map(\.target) == (0..<20).map { "/\($0)" })
    }

    @Test func replacesAConnectionThatWasClosedWhileIdle() async throws {
        let isShut = Mutex(0)
        let server = try RawServer { connection, _ in
            _ = connection.readRequest()
            connection.respond()
            connection.shutDownAndWait()
            isShut.withLock { $0 += 1 }
            connection.waitForEnd()
        }
        try await withClient { client in
            for count in 1...5 {
                await client.succeed("POST", server.url(), body: [1])
                await eventually("it is shut") { isShut.withLock { $0 } == count }
            }
        }
        #expect(server.connections == 5)
        #expect(server.requests.count == 5)
    }

    @Test func manyCallsShareFewConnections() async throws {
        let server = try RawServer.echo()
        try await withClient(connectionsPerHost: 4) { client in
            let bodies = await withTaskGroup(of: [UInt8]?.self) { group in
                for number: UInt8 in 0..<64 {
                    group.addTask { try? await client.call("POST", server.url(), body: [number]).body }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(bodies.compactMap { $0?.first }.sorted() == Array(0..<64))
        }
        #expect(server.requests.count == 64)
        #expect((1...4).contains(server.connections))
        #expect(server.mostOpen <= 4)
    }

    /// Also after a burst, when only the last of its calls are left.
    @Test func keepsTheConnectionsOfABurst() async throws {
        let gate = Mutex(0)
        let server = try RawServer { connection, _ in
            while connection.readRequest() != nil {
                // All of a burst are answered together.
                gate.withLock { $0 += 1 }
                let round = (gate.withLock { $0 } - 1) / 12
                let deadline = ContinuousClock.now + .seconds(20)
                while gate.withLock({ $0 }) < (round + 1) * 12, ContinuousClock.now < deadline { sched_yield() }
                connection.respond()
            }
        }
        try await withClient(connectionsPerHost: 12) { client in
            for _ in 0..<3 {
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<12 {
                        group.addTask {
                            await client.succeed("POST", server.url(), body: [1])
                        }
                    }
                }
            }
        }
        #expect(server.requests.count == 36)
        #expect(server.connections == 12)
    }

    @Test func cancelledBeforeItSendsNothing() async throws {
        let server = try RawServer.echo()
        try await withClient { client in
            let url = server.url()
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await client.failure("POST", url, body: [1])
            }
            #expect(await task.value?.outcome == .notProcessed)
        }
        #expect(server.requests.count == 0)
    }

    @Test func cancelledMeanwhileItEndsAtOnce() async throws {
        let server = try RawServer { connection, _ in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        try await withClient { client in
            let url = server.url()
            let task = Task { await client.failure("POST", url, body: [1], within: .seconds(600)) }
            await eventually("it is received") { server.requests.count == 1 }
            task.cancel()
            let error = await task.value
            #expect(error == HTTPClientError(.unknown, "\(url): the call was cancelled"))
            await eventually("its connection is closed") { server.openConnections == 0 }
        }
    }

    /// Cancelled at any moment, each call ends exactly once (a continuation that is resumed twice traps) and the client
    /// goes on.
    @Test func cancelledAtAnyMomentEachCallEndsOnce() async throws {
        let server = try RawServer.echo()
        try await withClient(connectionsPerHost: 4) { client in
            let ended = await withTaskGroup(of: Int.self) { group in
                for number in 0..<400 {
                    group.addTask {
                        let call = Task { try? await client.call("POST", server.url(), body: [1]) }
                        for _ in 0..<number % 20 { await Task.yield() }
                        if number % 4 == 0 { usleep(UInt32(number)) }
                        call.cancel()
                        _ = await call.value
                        return 1
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(ended == 400)
            await client.succeed("POST", server.url(), body: [1])
        }
    }

    @Test func closeEndsWhatIsInFlight() async throws {
        let server = try RawServer { connection, _ in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        let client = HTTPClient(connectionsPerHost: 2) { _ in }
        let url = server.url()
        let calls = (0..<5).map { _ in Task { await client.failure("POST", url, body: [1], within: .seconds(600)) } }
        await eventually("two are received") { server.requests.count == 2 }
        async let other: Void = client.close()
        await client.close()
        await other
        var outcomes: [HTTPClientError.Outcome?] = []
        for call in calls { outcomes.append(await call.value?.outcome) }
        #expect(outcomes.count { $0 == .unknown } == 2)
        #expect(outcomes.count { $0 == .notProcessed } == 3)
        let later = await client.failure("POST", url, body: [1])
        #expect(later == HTTPClientError(.notProcessed, "\(url): the client is closed"))
        await client.close()
        await eventually("the connections are closed") { server.openConnections == 0 }
        #expect(server.requests.count == 2)
    }

    @Test func closesUnused() async {
        for _ in 0..<20 {
            let client = HTTPClient { _ in }
            await client.close()
        }
    }

    /// Its thread ends, and with it what the thread keeps: the log's closure and the connections.
    @Test func aDroppedClientEnds() async throws {
        final class Witness: Sendable {}
        let server = try RawServer.echo()
        weak var witness: Witness?
        do {
            let kept = Witness()
            witness = kept
            let client = HTTPClient { _ in _ = kept }
            await client.succeed("GET", server.url())
            #expect(server.openConnections == 1)
        }
        await eventually("its connection is closed") { server.openConnections == 0 }
        let deadline = ContinuousClock.now + .seconds(20)
        while witness != nil, ContinuousClock.now < deadline { await Task.yield() }
        #expect(witness == nil)
    }

    @Test func clientsAreIndependent() async throws {
        let server = try RawServer.echo()
        try await withClient { client in
            try await withClient { other in
                await other.succeed("GET", server.url())
                await client.succeed("GET", server.url())
            }
            await client.succeed("GET", server.url())
        }
        #expect(server.connections == 2)
    }
}
