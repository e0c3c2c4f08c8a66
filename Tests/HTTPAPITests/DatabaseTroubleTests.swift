import Deadlines
import SQLite
import Testing

@testable import HTTPAPI

/// What a caller is told of a database's trouble: that nothing was changed is said only where it is so.
@Suite struct DatabaseTroubleTests {
    @Test func whatMayHaveBeenDoneIsNotSaidToBeUndone() {
        func kind(_ error: any Error) -> String? { Problem.databaseTrouble(error)?.type?.kind }
        var unsynced = SQLiteError(.io, "")
        #expect(kind(unsynced) == "database-unavailable")
        unsynced.isOutcomeUnknown = true
        #expect(kind(unsynced) == "outcome-unknown")
        #expect(kind(DeadlinePassed(wasBegun: true)) == "outcome-unknown")
        #expect(kind(DeadlinePassed(wasBegun: false)) == "database-unavailable")
        #expect(kind(SQLiteError(.tooManyWaiting, "")) == "too-many-waiting")
        #expect(kind(SQLiteError(.constraint, "")) == nil)
    }
}
