import EventLog
import Identifiers
package import PostgreSQL
package import SQLite

/// A service's database, as far as it matters which log it belongs to. Its table `identity` has one row.
package struct ShopDatabase: Sendable {
    /// What a service's database is asked; the SQL is the same on both engines.
    package struct Description: Sendable {
        /// `order`, `inventory`, `notification`.
        package var service: String
        /// The topic whose records tell whether a log and the database have the same past.
        package var topic: String
        /// Whether the database is where the topic's events come from.
        package var isOrigin: Bool
        /// Whether the log says by name which database it is: a second one would be taken before either has events.
        package var isRegistered = false
        /// The consumer group that reads the shop's events into it; nil: it is not fed by any.
        package var group: String?
        /// The topic that the group reads; nil: it has none.
        package var groupTopic: String?
        /// The table that no other service's database has.
        package var hallmark: String
        /// Whether any of its events is on a log.
        package var hasHistory: String
        /// Where what a record is about would be found.
        package var evidence: [Evidence]

        /// - Parameters:
        ///   - groupTopic: what the group reads
        ///   - table: where the origin of a topic keeps what its events are about; an outbox is beside it
        ///   - births: the types of the events that tell of a new row there, each of which is born with one
        package static func origin(
            service: String, topic: String, group: String? = nil, reading groupTopic: String? = nil, table: String,
            births: [String], evidence: [Evidence]
        ) -> Description {
            let types = births.map { "'\($0)'" }.joined(separator: ", ")
            return Description(
                service: service, topic: topic, isOrigin: true, group: group, groupTopic: groupTopic, hallmark: table,
                // Published rows are removed after a while: then more was born than the outbox tells of. Their positions
                // say nothing, for a transaction that is rolled back leaves a gap on PostgreSQL.
                hasHistory: """
                    SELECT EXISTS (SELECT 1 FROM outbox WHERE published_at IS NOT NULL)
                        OR (SELECT count(*) FROM \(table)) > (SELECT count(*) FROM outbox WHERE type IN (\(types)))
                    """, evidence: evidence)
        }

        /// - Parameter table: where it keeps what it made of events, with their `event_id`, and of requests, without one
        package static func reader(
            service: String, topic: String, group: String, table: String, evidence: [Evidence]
        ) -> Description {
            Description(
                service: service, topic: topic, isOrigin: false, group: group, groupTopic: topic, hallmark: table,
                // Requests are served while the log is away, before there was any event.
                hasHistory: """
                    SELECT EXISTS (SELECT 1 FROM inbox) OR EXISTS (SELECT 1 FROM \(table) WHERE event_id IS NOT NULL)
                    """, evidence: evidence)
        }

        /// For a migration of the service. Never edited: a change is another text, for another migration.
        package func sqliteSchema() -> String {
            """
            CREATE TABLE identity (service TEXT NOT NULL, shop TEXT, log TEXT) STRICT;
            INSERT INTO identity (service) VALUES ('\(service)');
            """
        }

        /// The same for PostgreSQL.
        package func postgreSQLSchema() -> String {
            """
            CREATE TABLE identity (service text NOT NULL, shop text, log text);
            INSERT INTO identity (service) VALUES ('\(service)')
            """
        }

        /// For a later migration: the database's own name, which its copies have, too.
        package static let sqliteName = """
            ALTER TABLE identity ADD COLUMN database_id TEXT;
            UPDATE identity SET database_id = lower(hex(randomblob(16)));
            """

        /// The same for PostgreSQL.
        package static let postgreSQLName = """
            ALTER TABLE identity ADD COLUMN database_id text;
            UPDATE identity SET database_id = replace(gen_random_uuid()::text, '-', '')
            """

        /// For a later migration: the key of the cursors of the service's lists.
        package static let sqliteCursorKey = """
            ALTER TABLE identity ADD COLUMN cursor_key BLOB;
            UPDATE identity SET cursor_key = randomblob(16);
            """

        /// The same for PostgreSQL, whose random UUIDs have 122 bits that nobody can guess.
        package static let postgreSQLCursorKey = """
            ALTER TABLE identity ADD COLUMN cursor_key bytea;
            UPDATE identity SET cursor_key = uuid_send(gen_random_uuid())
            """
    }

    package struct Evidence: Sendable {
        enum Kind { case orderID, productID, eventID }
        let table: String
        let column: String
        let kind: Kind

        /// The record's key is an order's id.
        package static func order(_ table: String) -> Evidence {
            Evidence(table: table, column: "order_id", kind: .orderID)
        }

        /// The record's key is a product's id.
        package static func product(_ table: String) -> Evidence {
            Evidence(table: table, column: "product_id", kind: .productID)
        }

        /// The record's event is noted.
        package static let inbox = Evidence(table: "inbox", column: "event_id", kind: .eventID)
    }

    private enum Engine {
        case sqlite(SQLiteDatabase)
        case postgreSQL(PostgreSQLDatabase)
    }

    package let description: Description
    private let engine: Engine

    package init(_ description: Description, in database: SQLiteDatabase) {
        self.description = description
        engine = .sqlite(database)
    }

    package init(_ description: Description, in database: PostgreSQLDatabase) {
        self.description = description
        engine = .postgreSQL(database)
    }

    /// For messages.
    package var name: String {
        switch engine {
        case .sqlite(let database): database.path
        case .postgreSQL: "the \(description.service) service's database"
        }
    }

    /// nil: it has not met a log yet, or is of a version that noted none.
    package func identity() async throws -> StoreIdentity? {
        let sql = "SELECT shop, log FROM identity"
        let row: (shop: String?, log: String?)? =
            switch engine {
            case .sqlite(let database):
                try await database.read { try $0.first(sql) { ($0.optionalText(0), $0.optionalText(1)) } }
            case .postgreSQL(let database):
                try await database.read { try $0.run(sql).first { ($0.optionalText(0), $0.optionalText(1)) } }
            }
        guard let shop = row?.shop.flatMap({ Identifier($0) }), let log = row?.log else { return nil }
        return StoreIdentity(shop: shop, log: log)
    }

    /// 16 bytes, for the cursors of its lists; the same for all replicas, and after a restore.
    package func cursorKey() async throws -> [UInt8] {
        let sql = "SELECT cursor_key FROM identity"
        let key =
            switch engine {
            case .sqlite(let database): try await database.read { try $0.first(sql) { $0.blob(0) } }
            case .postgreSQL(let database): try await database.read { try $0.run(sql).first { $0.bytes(0) } }
            }
        guard let key, key.count == 16 else { throw CursorKeyMissing(description: "\(name) has no key of its cursors") }
        return key
    }

    struct CursorKeyMissing: Error, CustomStringConvertible { let description: String }

    /// By which the log knows it; nil: it is not registered there.
    func registeredName() async throws -> String? {
        guard description.isRegistered else { return nil }
        let sql = "SELECT database_id FROM identity"
        switch engine {
        case .sqlite(let database): return try await database.read { try $0.first(sql) { $0.optionalText(0) } } ?? nil
        case .postgreSQL(let database):
            return try await database.read { try $0.run(sql).first { $0.optionalText(0) } } ?? nil
        }
    }

    /// Makes it the database of this shop on this log, whatever it was. What it remembers of having read another log means
    /// nothing on this one.
    package func bind(to identity: StoreIdentity) async throws {
        let (shop, log) = (identity.shop.description, identity.log)
        switch engine {
        case .sqlite(let database):
            try await database.write { connection in
                let isElsewhere = try connection.first(
                    """
                    SELECT 1 FROM identity, sqlite_schema WHERE log <> ? AND name = 'bookmarks'
                    """, [.text(log)]
                ) { _ in true }
                if isElsewhere == true { try connection.execute("DELETE FROM bookmarks") }
                try connection.execute("UPDATE identity SET shop = ?, log = ?", [.text(shop), .text(log)])
            }
        case .postgreSQL(let database):
            try await database.write { connection in
                let isElsewhere = try connection.run(
                    "SELECT 1 FROM identity WHERE log <> $1 AND to_regclass('bookmarks') IS NOT NULL", [.text(log)])
                if isElsewhere.count > 0 { try connection.execute("DELETE FROM bookmarks") }
                try connection.execute("UPDATE identity SET shop = $1, log = $2", [.text(shop), .text(log)])
            }
        }
    }

    /// Whether a log has had events of it, or it of a log.
    func hasHistory() async throws -> Bool {
        let sql = description.hasHistory
        switch engine {
        case .sqlite(let database): return try await database.read { try $0.first(sql) { $0.int(0) == 1 } } ?? false
        case .postgreSQL(let database): return try await database.read { try $0.run(sql).first { $0.bool(0) } } ?? false
        }
    }

    /// How many events its outbox has sent, and still has.
    func sentEvents() async throws -> Int64 {
        let sql = "SELECT count(*) FROM outbox WHERE published_at IS NOT NULL AND topic = '\(description.topic)'"
        switch engine {
        case .sqlite(let database): return try await database.read { try $0.first(sql) { $0.int(0) } } ?? 0
        case .postgreSQL(let database): return try await database.read { try $0.run(sql).first { $0.int(0) } } ?? 0
        }
    }

    /// Whether it knows what any of these records is about.
    func knows(anyOf records: [StoredRecord]) async throws -> Bool {
        for evidence in description.evidence {
            let sql = "SELECT 1 FROM \(evidence.table) WHERE \(evidence.column) = "
            for subject in records.compactMap({ evidence.subject($0) }) {
                let isThere: Bool? =
                    switch engine {
                    case .sqlite(let database):
                        try await database.read { try $0.first(sql + "? LIMIT 1", [subject.sqlite]) { _ in true } }
                    case .postgreSQL(let database):
                        try await database.read {
                            try $0.run(sql + "$1 LIMIT 1", [subject.postgreSQL]).first { _ in true }
                        }
                    }
                if isThere == true { return true }
            }
        }
        return false
    }
}

/// What a record is about, as a database has it.
private enum Subject: Sendable {
    case id(Identifier)
    case text(String)

    var sqlite: SQLiteValue {
        switch self {
        case .id(let id): .blob(id.bytes)
        case .text(let text): .text(text)
        }
    }

    var postgreSQL: PostgreSQLValue {
        switch self {
        case .id(let id): .uuid(id.bytes)
        case .text(let text): .text(text)
        }
    }
}

extension ShopDatabase.Evidence {
    fileprivate func subject(_ record: StoredRecord) -> Subject? {
        let key = record.key.flatMap { String(validating: $0, as: UTF8.self) }
        return switch kind {
        case .orderID: key.flatMap { Identifier($0) }.map { .id($0) }
        // Neither engine's text holds U+0000.
        case .productID: key.flatMap { $0.utf8.contains(0) ? nil : .text($0) }
        case .eventID: record.eventIdentity.map { .id($0) }
        }
    }
}
