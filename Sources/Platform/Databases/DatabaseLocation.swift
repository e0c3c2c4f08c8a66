package import PostgreSQL
package import SQLite

/// Where a service keeps its data: a `DATABASE_URL`, read.
package enum DatabaseLocation: Sendable, Hashable {
    /// A file; one process owns it.
    case sqlite(path: String)
    /// A connection string of libpq's, and the file that has the password; any number of replicas share it.
    case postgreSQL(url: String, passwordFile: String?)

    /// `sqlite:PATH`, `postgres://…` or `postgresql://…`; nil for anything else.
    package init?(url: String, passwordFile: String? = nil) {
        if url.hasPrefix("sqlite:"), url.count > "sqlite:".count {
            self = .sqlite(path: String(url.dropFirst("sqlite:".count)))
        } else if url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") {
            self = .postgreSQL(url: url, passwordFile: passwordFile)
        } else {
            return nil
        }
    }

    /// For messages and help.
    package static let forms = "sqlite:PATH or postgres://USER@HOST/DATABASE"
}

/// What a database is opened for.
package enum DatabaseAccess: Sendable {
    /// To serve: the schema is brought up to date, and a SQLite file is owned by this process alone.
    case service
    /// To read beside services that run: a schema that is not up to date is refused.
    case tool
    /// To read and to change rows beside services that run: a schema that is not up to date is refused.
    case correcting
}

extension DatabaseAccess {
    /// As PostgreSQL has it, where any number of programs may write.
    package var ofPostgreSQL: PostgreSQLDatabase.Access { self == .service ? .service : .tool }

    /// Opens a SQLite file for it.
    package func open(
        path: String, hallmark: String, migrations: [SQLiteMigration],
        maximumWaiting: Int = 2_000
    ) async throws(SQLiteError) -> SQLiteDatabase {
        switch self {
        case .service:
            return try await SQLiteDatabase(
                path: path, role: .owner, hallmark: hallmark, migrations: migrations,
                writes: WriteLimits(maximumWaiting: maximumWaiting))
        case .tool:
            return try await SQLiteDatabase(path: path, role: .readOnly, hallmark: hallmark, migrations: migrations)
        case .correcting:
            // Only a file that is there, and is not to be migrated.
            await (try await Self.tool.open(path: path, hallmark: hallmark, migrations: migrations)).close()
            return try await SQLiteDatabase(path: path, role: .shared, hallmark: hallmark, migrations: migrations)
        }
    }
}
