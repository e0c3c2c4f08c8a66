import Testing

@testable import Load

@Suite struct PlacingTests {
    private static let drafts = (1...8).map {
        OrderDraft(body: Array(#"{"items":[{"product_id":"P","quantity":\#($0)}]}"#.utf8))
    }

    private func plan(_ target: FakeTarget, orders: Int, rate: Double? = nil, connections: Int = 4) throws -> LoadPlan {
        var plan = LoadPlan(target: try #require(Target(target.url)), drafts: Self.drafts, mark: "mark")
        plan.orders = orders
        plan.rate = rate
        plan.connections = connections
        plan.duration = 60_000_000_000
        plan.idempotent = 0
        return plan
    }

    private func run(_ plan: LoadPlan) async throws -> Placed {
        try await Load.run(plan, stop: { false }, measuring: {}, told: { _ in })
    }

    /// One connection stands still for a second. At a rate, the requests that were due meanwhile waited, and say so; where
    /// each follows an answer only one was slow.
    @Test func aStallIsSeenInAllThatWereDueMeanwhile() async throws {
        let target = try FakeTarget { .order($0.number, after: $0.number == 20 ? 1_000 : 0) }
        let open = try await run(plan(target, orders: 200, rate: 200, connections: 1))
        #expect(open.latency.count == 200)
        // Some 180 of them were due within the second or right after it.
        #expect(open.latency.percentile(0.5) > 250_000_000)
        #expect(open.latency.maximum >= 1_000_000_000)
        #expect(open.elapsed == 1_000_000_000)

        let another = try FakeTarget { .order($0.number, after: $0.number == 20 ? 1_000 : 0) }
        let closed = try await run(plan(another, orders: 200, connections: 1))
        #expect(closed.latency.maximum >= 1_000_000_000)
        #expect(closed.latency.percentile(0.9) < 250_000_000)
    }

    @Test func whatCameOfEachIsCounted() async throws {
        let target = try FakeTarget { request in
            switch request.number % 5 {
            case 0: .problem(409, type: "/problems/short")
            case 1: .problem(503, type: "/problems/busy")
            case 2: .hangUp
            case 3: .nonsense
            default: .order(request.number)
            }
        }
        let placed = try await run(plan(target, orders: 50))
        #expect(target.requests.count == 50)
        #expect(placed.measured.accepted == 10)
        #expect(
            placed.measured.refused == [
                .init(status: 409, problem: "/problems/short"): 10, .init(status: 503, problem: "/problems/busy"): 10,
            ])
        #expect(placed.measured.failed == [.reset: 10, .unreadable: 10])
        // Sold out is surely no order; of the others nobody knows.
        #expect(placed.unknown == 30)
        #expect(placed.sum == target.requests.filter { $0.number % 5 == 4 }.reduce(0) { $0 &+ Self.id($1.number) })
        #expect(placed.acceptedDrafts.reduce(0, +) == 10)
        #expect(placed.unknownDrafts.reduce(0, +) == 30)
    }

    /// As `FakeTarget` makes it.
    private static func id(_ number: Int) -> UInt128 {
        let digits = "\(number)".utf8.reduce(0 as UInt128) { $0 << 4 | UInt128($1 - 0x30) }
        return 0x4000_8000_0000_0000_0000 | digits
    }

    @Test func silenceEndsAtTheDeadline() async throws {
        let target = try FakeTarget { $0.number == 0 ? .silence : .order($0.number) }
        var plan = try plan(target, orders: 5, connections: 1)
        // One request waits for it; the others have as long for their answers.
        plan.deadline = 10_000_000_000
        let placed = try await run(plan)
        #expect(placed.measured.failed == [.deadline: 1])
        #expect(placed.measured.accepted == 4)
    }

    /// With one connection that is busy for good, the others are given up unsent, and nobody waits for ever.
    @Test func whatCanNotBeSentInTimeIsGivenUp() async throws {
        let target = try FakeTarget { _ in .silence }
        var plan = try plan(target, orders: 20, rate: 1_000, connections: 1)
        plan.deadline = 200_000_000
        let placed = try await run(plan)
        #expect(placed.measured.failures == 20)
        #expect(placed.measured.failed[.unsent, default: 0] + placed.measured.failed[.deadline, default: 0] == 20)
        #expect(placed.unknown == placed.measured.failed[.deadline])
    }

    @Test func aRepeatHasTheKeyAndTheBodyOfAnAcceptedOrder() async throws {
        let target = try FakeTarget { request in
            .order(request.key.flatMap { Int($0.suffix(8), radix: 16) } ?? 0)
        }
        var plan = try plan(target, orders: 300)
        plan.idempotent = 1
        plan.repeats = 0.5
        let placed = try await run(plan)
        let byKey = Dictionary(grouping: target.requests) { $0.key ?? "" }
        #expect(byKey[""] == nil)
        #expect(placed.measured.accepted == byKey.count)
        #expect(placed.measured.repeated == 300 - byKey.count)
        #expect((50...250).contains(placed.measured.repeated))
        #expect(placed.measured.repeatedWrongly == 0)
        for (key, requests) in byKey {
            #expect(key.hasPrefix("mark-"))
            #expect(Set(requests.map(\.body)).count == 1)
        }
    }

    @Test func aRepeatWithAnotherAnswerIsWrong() async throws {
        let target = try FakeTarget { .order($0.number) }
        var plan = try plan(target, orders: 100)
        plan.idempotent = 1
        plan.repeats = 0.5
        let placed = try await run(plan)
        #expect(placed.measured.repeated == 0)
        #expect(placed.measured.repeatedWrongly > 0)
        #expect(LoadReport(plan: plan, placed: placed, told: Told()).exitCode == 0)
        let findings = await ShopCallsFixture.findings(placed, plan)
        #expect(findings.first { $0.name == "repeats" }?.verdict == .disagrees)
    }

    @Test func halfHaveAKey() async throws {
        let target = try FakeTarget { .order($0.number) }
        var plan = try plan(target, orders: 400)
        plan.idempotent = 0.5
        plan.repeats = 0
        _ = try await run(plan)
        #expect((140...260).contains(target.requests.filter { $0.key != nil }.count))
    }

    @Test func bodiesOfAFileGoInTurn() async throws {
        let target = try FakeTarget { .order($0.number) }
        var plan = try plan(target, orders: 20, connections: 1)
        plan.isInOrder = true
        _ = try await run(plan)
        let expected = (0..<20).map { String(decoding: Self.drafts[$0 % 8].body, as: UTF8.self) }
        #expect(target.requests.map(\.body) == expected)
    }

    @Test func theWarmUpCountsForWhatIsStoredAlone() async throws {
        let target = try FakeTarget { .order($0.number) }
        var plan = try plan(target, orders: 50, rate: 500, connections: 2)
        plan.warmUp = 200_000_000
        let placed = try await run(plan)
        #expect(placed.measured.accepted == 50)
        #expect(placed.all.accepted == 150)
        #expect(placed.latency.count == 50)
    }

    @Test func stopEndsItAndStillTells() async throws {
        let target = try FakeTarget { .order($0.number) }
        let plan = try plan(target, orders: 1_000_000, connections: 1)
        let placed = try await Load.run(
            plan, stop: { target.requests.count >= 20 }, measuring: {}, told: { _ in })
        #expect(placed.wasStopped)
        #expect(placed.all.accepted == target.requests.count)
    }

    @Test func nobodyThereIsAnErrorThatSaysSo() async throws {
        var target: FakeTarget? = try FakeTarget { .order($0.number) }
        let plan = try plan(try #require(target), orders: 1)
        target = nil
        let error = await #expect(throws: LoadFailure.self) { try await run(plan) }
        #expect(error?.message.hasPrefix("nobody answers at http://127.0.0.1:") == true)
    }

    @Test func samplesAreSpreadEvenlyAndBounded() async throws {
        let target = try FakeTarget { .order($0.number) }
        var plan = try plan(target, orders: 100, connections: 1)
        plan.samples = 10
        let placed = try await run(plan)
        #expect((5...10).contains(placed.samples.count))
        #expect(placed.sampledEvery == 16)
        #expect(placed.samples.map(\.order) == (1...6).map { Self.id($0 * 16 - 1) })
    }
}
