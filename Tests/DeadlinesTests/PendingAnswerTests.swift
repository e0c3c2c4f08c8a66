import Deadlines
import Synchronization
import Testing

@Suite struct PendingAnswerTests {
    private typealias Pending = PendingAnswer<Result<Int, DeadlinePassed>>

    @Test func anAnswerInTimeCounts() async throws {
        let answer = await Pending.wait(until: .now + .seconds(3_600), late: { .failure($0) }) { pending in
            #expect(pending.begin())
            pending.give(.success(7))
            pending.give(.success(8))
        }
        #expect(try answer.get() == 7)
    }

    @Test func withoutADeadlineItWaits() async throws {
        let answer = await Pending.wait(until: nil, late: { .failure($0) }) { pending in
            Task {
                _ = pending.begin()
                pending.give(.success(7))
            }
        }
        #expect(try answer.get() == 7)
    }

    /// What was not begun never will be; what was goes on, and nobody hears of it.
    @Test(.timeLimit(.minutes(1)), arguments: [true, false]) func theDeadlineAnswers(isBegun: Bool) async {
        let kept = Mutex<Pending?>(nil)
        let answer = await Pending.wait(until: .now, late: { .failure($0) }) { pending in
            if isBegun { #expect(pending.begin()) }
            kept.withLock { $0 = pending }
        }
        #expect(answer == .failure(DeadlinePassed(wasBegun: isBegun)))
        let pending = kept.withLock { $0 }
        #expect(pending?.isAwaited == false && pending?.begin() == false)
        pending?.give(.success(7))
    }
}
