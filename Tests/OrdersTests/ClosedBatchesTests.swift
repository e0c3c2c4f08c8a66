import Identifiers
import Telemetry
import TestClock
import Testing

@testable import Orders

/// Batches that can be closed, where no reserve call comes that would carry them.
@Suite(.timeLimit(.minutes(5))) struct ClosedBatchesTests {
    private let clock = TestClock()
    private let inventory: MemoryInventory
    private let closed: ClosedBatches

    init() {
        inventory = MemoryInventory(clock)
        closed = ClosedBatches(inventory: inventory, clock: clock, logger: .silent)
    }

    private func batches(_ count: Int) -> [Identifier] { (0..<count).map { _ in .time() } }

    @Test func afterASecondTheyAreClosedByACallOfTheirOwn() async {
        let batches = batches(2)
        closed.start()
        closed.add([batches[0]])
        await clock.sleepers()
        closed.add([batches[1]])
        clock.advance(by: .milliseconds(999))
        #expect(inventory.asked(.close) == 0)
        clock.advance(by: .milliseconds(1))
        await inventory.hears(.close)
        #expect(inventory.closed == batches)
        await closed.stop()
    }

    @Test func whatAReserveCallCarriesIsClosedNoSecondTime() async {
        let batches = batches(1)
        closed.start()
        closed.add(batches)
        await clock.sleepers()
        #expect(closed.take() == batches)
        clock.advance(by: .seconds(1))
        await closed.stop()
        #expect(inventory.asked(.close) == 0)
    }

    /// Reclaiming closes them.
    @Test func whatCantBeClosedIsNotTriedAgain() async {
        inventory.fails(.close, by: .unreachable)
        closed.add(batches(1))
        await closed.stop()
        #expect(inventory.asked(.close) == 1)
        inventory.fails(.close, by: nil)
        await closed.stop()
        #expect(inventory.asked(.close) == 1 && inventory.closed == [])
    }

    @Test func stoppingClosesWhatWaitsAtOnce() async {
        let batches = batches(3)
        closed.start()
        closed.add(batches)
        // It is in its second's wait.
        await clock.sleepers()
        await closed.stop()
        #expect(inventory.closed == batches)
    }

    /// As many as a call may name, oldest first.
    @Test func aReserveCallTakes256() {
        let batches = batches(300)
        closed.add(batches)
        #expect(closed.take() == Array(batches[..<256]))
        // That call failed.
        closed.add(Array(batches[..<256]))
        #expect(closed.take() == Array(batches[256...] + batches[..<212]))
        #expect(closed.take() == Array(batches[212..<256]))
        #expect(closed.take().isEmpty)
    }
}
