import Foundation
import TestBroker
import TestProcess
import Testing

/// Passwords of PostgreSQL and Kafka are changed while orders go on, and no service is started again.
@Suite(.enabled(if: SecureServers.areAvailable, "needs Kafka, PostgreSQL and openssl: set KAFKA_HOME and POSTGRES_URL"))
struct RotationTests {
    private static let next = "another: secret"

    @Test func passwordsChangeWhileOrdersGoOn() async throws {
        try await withSlots(3) {
            try await SecureServers.with { servers in
                let services = try await SecureShop(servers)
                defer { services.kill() }
                try await SteadyLoad.place(at: services) { load in
                    try await changeDatabasePassword(servers, services)
                    try await load.goesOn()
                    try await services.notify("after PostgreSQL's")
                    try await changeKafkaPassword(servers, services)
                    try await load.goesOn()
                    try await services.notify("after Kafka's")
                }
            }
        }
    }

    /// The file, the role, and the end of all connections that know the former one.
    private func changeDatabasePassword(_ servers: SecureServers, _ services: SecureShop) async throws {
        try (Self.next + "\n").write(toFile: services.password, atomically: true, encoding: .utf8)
        try await servers.sql("ALTER ROLE shop PASSWORD '\(Self.next)'", password: SecureServers.password)
        try await servers.sql(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE usename = 'shop' AND pid <> pg_backend_pid()
            """, password: Self.next)
    }

    /// Kafka's users are in the broker's own file here, so it is started again; the services refuse nothing meanwhile.
    private func changeKafkaPassword(_ servers: SecureServers, _ services: SecureShop) async throws {
        try await servers.broker.shutDown()
        try await servers.changeKafkaPassword(to: Self.next)
        try await servers.broker.start()
        try await eventually("the former password is refused", within: .seconds(30)) {
            services.errors("order").contains("uthentication failed")
        }
        let config = try servers.kafkaConfig(password: Self.next)
        guard rename(config, services.config) == 0 else { throw Failed("no file \(services.config)") }
    }
}
