import TestLog
import Testing

/// What other suites stand on keeps the contract, too.
@Suite(.timeLimit(.minutes(5))) struct MemoryLogTests {
    @Test(arguments: EventLogContract.all) func holds(_ check: EventLogContract) async throws {
        try await check.run { MemoryLog() }
    }
}
