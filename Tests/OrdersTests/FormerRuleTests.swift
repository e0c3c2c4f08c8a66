import TestDatabase
import Testing

@testable import Orders

@Suite(.timeLimit(.minutes(5))) struct FormerRuleTests {
    @Test(arguments: FormerRuleContract.promises)
    func besideAnEarlierVersionOnSQLite(_ promise: Promise<FormerRuleContract>) async throws {
        try await withDatabase(SQLiteOrderMigrations.all) { database in
            try await promise.check(
                FormerRuleContract(
                    store: SQLiteOrderStore(database), former: FormerSQLiteReplica(database: database)))
        }
    }

    @Test(
        .enabled(if: TestPostgreSQL.isAvailable, "needs PostgreSQL: set POSTGRES_URL"),
        arguments: FormerRuleContract.promises)
    func besideAnEarlierVersionOnPostgreSQL(_ promise: Promise<FormerRuleContract>) async throws {
        try await withPostgreSQL(PostgreSQLOrderMigrations.all) { database in
            try await promise.check(
                FormerRuleContract(
                    store: PostgreSQLOrderStore(database), former: FormerPostgreSQLReplica(database: database)))
        }
    }
}
