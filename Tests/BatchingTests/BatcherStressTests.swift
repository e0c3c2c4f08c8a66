import Batching
import Testing

@Suite struct BatcherStressTests {
    @Test(arguments: [1, 2, 4])
    func everyTaskGetsItsOwnOutcome(concurrency: Int) async throws {
        let recorder = BatchRecorder(isOpen: true)
        let limits = BatcherLimits(
            maximumRequests: 16, maximumWeight: 40, maximumWaiting: .max, concurrency: concurrency)
        let batcher = Batcher("stress", limits: limits, weight: { $0 % 7 }) { requests in
            let outcomes = await recorder.process(requests)
            for _ in 0..<(requests[0] % 3) { await Task.yield() }
            return outcomes
        }
        try await withThrowingTaskGroup { group in
            for task in 0..<200 {
                group.addTask {
                    for step in 0..<50 {
                        let number = task * 50 + step
                        let outcome = try await batcher.submit(number)
                        #expect(outcome == number * 2)
                    }
                }
            }
            try await group.waitForAll()
        }
        await batcher.close()
        #expect(recorder.batches.joined().sorted() == Array(0..<10_000))
        #expect(recorder.batches.allSatisfy { $0.count <= 16 && $0.reduce(0) { $0 + $1 % 7 } <= 40 })
        #expect(recorder.mostInFlight <= concurrency)
        #expect(recorder.batches.count < 10_000, "some batches hold several")
    }

    @Test func underPressureEachRequestIsEitherAnsweredOrRefused() async {
        let recorder = BatchRecorder(isOpen: true)
        let batcher = Batcher(
            "pressure", limits: .init(maximumRequests: 4, maximumWaiting: 8, concurrency: 2), process: recorder.process)
        let answered = await withTaskGroup(of: Int.self) { group in
            for task in 0..<2000 {
                group.addTask {
                    do throws(BatcherFull) {
                        let outcome = try await batcher.submit(task)
                        #expect(outcome == task * 2)
                        return 1
                    } catch {
                        return 0
                    }
                }
            }
            group.addTask {
                await batcher.close()
                return 0
            }
            return await group.reduce(0, +)
        }
        #expect(recorder.batches.joined().count == answered)
        #expect(batcher.waiting == 0)
    }
}
