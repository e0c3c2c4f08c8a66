package import Identifiers
package import PostgreSQL
package import SQLite

/// A first answer as it is kept, for who looks after what is in it.
package struct KeptAnswer: Sendable, Hashable {
    /// Made from its Idempotency-Key.
    package var key: Identifier
    package var body: [UInt8]

    package init(key: Identifier, body: [UInt8]) {
        self.key = key
        self.body = body
    }
}

extension SQLiteFirstAnswers {
    /// In the order of their keys, up to about 1 MiB.
    package static func page(
        after key: Identifier?, limit: Int, in connection: SQLiteConnection
    ) throws -> [KeptAnswer] {
        try connection.rows(
            "SELECT key_id, body FROM first_answers WHERE key_id > ? ORDER BY key_id LIMIT ?",
            [.blob(key?.bytes ?? []), .integer(Int64(limit))], upToBytes: 1 << 20,
            size: { (answer: KeptAnswer) in answer.body.count }
        ) { row in
            guard let key = Identifier(bytes: row.blob(0)) else {
                throw SQLiteError(.corrupt, "a first answer has a key of \(row.blob(0).count) bytes")
            }
            return KeptAnswer(key: key, body: row.blob(1))
        }
    }

    package static func replace(_ answers: [KeptAnswer], in transaction: SQLiteConnection) throws {
        for answer in answers {
            try transaction.execute(
                "UPDATE first_answers SET body = ? WHERE key_id = ?", [.blob(answer.body), .blob(answer.key.bytes)])
        }
    }
}

extension PostgreSQLFirstAnswers {
    /// In the order of their keys.
    package static func page(
        after key: Identifier?, limit: Int, in connection: PostgreSQLConnection
    ) throws -> [KeptAnswer] {
        try connection.run(
            "SELECT key_id, body FROM first_answers WHERE $1::uuid IS NULL OR key_id > $1 ORDER BY key_id LIMIT $2",
            [key.map { .uuid($0.bytes) } ?? .null, .int(Int64(limit))]
        ).map { row in
            guard let key = Identifier(bytes: row.bytes(0)) else {
                throw PostgreSQLError(.other, "a first answer has a key that is no UUID")
            }
            return KeptAnswer(key: key, body: row.bytes(1))
        }
    }

    package static func replace(_ answers: [KeptAnswer], in transaction: PostgreSQLConnection) throws {
        for answer in answers {
            try transaction.run(
                "UPDATE first_answers SET body = $1 WHERE key_id = $2", [.bytes(answer.body), .uuid(answer.key.bytes)])
        }
    }
}
