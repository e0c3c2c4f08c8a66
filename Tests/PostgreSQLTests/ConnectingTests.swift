import ConnectionThreads
import Foundation
import TestDatabase
import Testing

@testable import PostgreSQL

/// What is said of a connection that does not come about: the true cause, and no password.
@Suite(.timeLimit(.minutes(2))) struct ConnectingTests {
    private static func failure(of url: String) async -> PostgreSQLError? {
        do {
            let database = try await PostgreSQLDatabase(url: url, migrations: [])
            await database.close()
            return nil
        } catch {
            return error as? PostgreSQLError
        }
    }

    @Test(.enabled(if: TestPostgreSQL.isAvailable, "POSTGRES_URL is not set"))
    func whatTheServerSaysIsTheReason() async throws {
        try await TestPostgreSQL.withURL { url in
            let role = "full_" + UUID().uuidString.lowercased().replacing("-", with: "")
            _ = try await TestPostgreSQL.rows("CREATE ROLE \(role) LOGIN CONNECTION LIMIT 0", in: url)
            let full = await Self.failure(of: url.replacing("postgres@", with: "\(role)@"))
            _ = try await TestPostgreSQL.rows("DROP ROLE \(role)", in: url)
            #expect(
                full?.sqlState == "53300" && full?.reason == "has no connections left", "\(String(describing: full))")
            #expect(full?.message.contains("too many connections for role") == true)

            let missing = await Self.failure(of: url + "_not")
            #expect(
                missing?.sqlState == "3D000" && missing?.reason == "does not exist", "\(String(describing: missing))")
            let stranger = await Self.failure(of: url.replacing("postgres@", with: "nobody_of_us:secret@"))
            #expect(stranger?.sqlState == "28000" && stranger?.reason == "refuses this service")
            for error in [full, missing, stranger] {
                let message = try #require(error?.message)
                #expect(
                    !message.contains("LOCATION") && !message.contains(".c:") && !message.contains("secret"),
                    "\(message)")
                #expect(!message.contains(where: \.isNewline) && !message.contains("\t"), "\(message)")
            }
        }
    }

    @Test func theReportIsOneLineForPeople() {
        let password = ConnectionReport(
            """
            connection to server at "db" (10.0.0.1), port 5432 failed: FATAL:  28P01: password authentication failed for user "shop"
            LOCATION:  auth_failed, auth.c:331

            """)
        #expect(password.sqlState == "28P01")
        #expect(
            password.text
                == #"connection to server at "db" (10.0.0.1), port 5432 failed: FATAL: password authentication failed for user "shop" (28P01)"#
        )
        #expect(PostgreSQLError(.unavailable, sqlState: "28P01", "").reason == "does not take the service's password")
        let refused = ConnectionReport(
            "connection to server at \"127.0.0.1\", port 1 failed: Connection refused\n\tIs the server running on that host?\n"
        )
        #expect(refused.sqlState.isEmpty)
        #expect(
            refused.text
                == "connection to server at \"127.0.0.1\", port 1 failed: Connection refused; Is the server running on that host?"
        )
    }

    @Test(arguments: [
        "postgres://shop:pa55/word@127.0.0.1:1/orders", "postgres://shop@127.0.0.1:pa55/orders",
        "postgres://shop:x@pa55@127.0.0.1/orders", "postgres://shop@127.0.0.1/orders?sslmode=pa55",
    ])
    func aPartOfAPasswordIsNeverQuoted(_ url: String) async throws {
        let error = try #require(await Self.failure(of: url))
        #expect(error.kind == .unavailable && !error.message.contains("pa55"), "\(error.message)")
    }

    /// A name server that drops what it is asked: the lookup goes on, whoever waits for it does not.
    @Test func aLookupWithoutAnAnswerIsNotWaitedForBeyondTheDeadline() async throws {
        let end = DispatchSemaphore(value: 0)
        let lookup = NameLookup { _ in
            end.wait()
            return .success(["127.0.0.1"])
        }
        defer { end.signal() }
        let threads = ConnectionThreads<PostgreSQLConnection>("test", closed: PostgreSQLError.closed)
        await #expect(throws: Never.self) {
            try await threads.start(refused: PostgreSQLError.closed) { () throws(PostgreSQLError) in
                let connection = PostgreSQLConnection(
                    url: "postgres://shop@db.example/orders", passwordFile: nil, condition: nil)
                (connection.connectWithin, connection.lookup) = (.milliseconds(50), lookup)
                return connection
            }
        }
        for _ in 0..<3 {
            await #expect {
                try await threads.run { try $0.execute("SELECT 1") }
            } throws: {
                "\($0)".contains("db.example") && "\($0)".contains("no name server has answered in time")
            }
        }
        await threads.stop()
    }

    @Test func aHostIsTriedAtEachOfItsAddresses() throws {
        let url = try ConnectionURL("postgres://a,127.0.0.1,[::1]:3/db?port=1,2,3")
        #expect(url.namedHosts.map(\.name) == ["a", "127.0.0.1", "::1"])
        #expect(try ConnectionURL("postgres://a:7/db").namedHosts == [.init(name: "a", port: "7")])
        #expect(try ConnectionURL("postgres://127.0.0.1:7/db").namedHosts.isEmpty)
        #expect(try ConnectionURL("postgres://%2Frun%2Fpostgresql/db").namedHosts.isEmpty)
        #expect(try ConnectionURL("postgres://a/db?hostaddr=1.2.3.4").namedHosts.isEmpty)
        let answer = try #require(Self.answer(NameLookup.system.ask("localhost")))
        #expect(try answer.get().contains { $0 == "127.0.0.1" || $0 == "::1" })
        #expect(throws: NameLookup.Failure.self) {
            try Self.answer(NameLookup.system.ask("no-such-host.invalid"))?.get()
        }
    }

    private static func answer(_ question: NameLookup.Question) -> Result<[String], NameLookup.Failure>? {
        var entry = pollfd(fd: question.descriptor, events: Int16(POLLIN), revents: 0)
        while question.answer == nil, poll(&entry, 1, 30_000) > 0 {}
        return question.answer
    }

    @Test(.enabled(if: TestPostgreSQL.isAvailable, "POSTGRES_URL is not set")) func aNamedHostIsConnectedTo()
        async throws
    {
        try await TestPostgreSQL.withURL { url in
            let database = try await PostgreSQLDatabase(
                url: url.replacing("127.0.0.1", with: "localhost"), migrations: [])
            #expect(try await database.read { try $0.run("SELECT 1::bigint").map { $0.int(0) } } == [1])
            await database.close()
        }
    }
}
