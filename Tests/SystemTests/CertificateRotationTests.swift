import Foundation
import TestBroker
import TestProcess
import Testing

/// Kafka gets a certificate of another authority, and so do the services, while orders go on and no service is started again.
@Suite(.enabled(if: SecureServers.areAvailable, "needs Kafka, PostgreSQL and openssl: set KAFKA_HOME and POSTGRES_URL"))
struct CertificateRotationTests {
    @Test func certificatesChangeWhileOrdersGoOn() async throws {
        try await withSlots(3) {
            // Kafka wants a certificate of its clients, too.
            let settings = ["listener.name.plaintext.ssl.client.auth": "required"]
            try await SecureServers.with(settings: settings) { servers in
                try servers.put("ca.pem", as: "trusted.pem")
                try Self.show("client", servers)
                let config = try servers.kafkaConfig(
                    authority: servers.path("trusted.pem"),
                    more: """
                        ssl.certificate.location=\(servers.path("shown.crt"))
                        ssl.key.location=\(servers.path("shown.key"))
                        """)
                let services = try await SecureShop(servers, config: config)
                defer { services.kill() }
                try await SteadyLoad.place(at: services) { load in
                    try await changeAuthority(servers, services, load)
                    try await breakAndMend(servers, services, load)
                }
            }
        }
    }

    /// The key and its certificate that the services show.
    private static func show(_ name: String, _ servers: SecureServers) throws {
        try servers.put("\(name).key", as: "shown.key")
        try servers.put("\(name).crt", as: "shown.crt")
    }

    /// Both are trusted first, then the new one alone.
    private func changeAuthority(_ servers: SecureServers, _ services: SecureShop, _ load: SteadyLoad) async throws {
        try await everyServiceTakes(services) { try servers.put("ca.pem", "other.pem", as: "trusted.pem") }
        try await load.goesOn()
        try await services.notify("trusting both")
        try await servers.broker.shutDown()
        try await servers.changeKafkaAuthority()
        // What was said before, as connections broke, says nothing of it.
        let before = services.errors("order").utf8.count
        try await servers.broker.start()
        try await eventually("the former certificate is refused", within: .seconds(30)) {
            String(decoding: services.errors("order").utf8.dropFirst(before), as: UTF8.self).contains("SSL")
        }
        try await load.goesOn()
        try await everyServiceTakes(services) { try Self.show("other-client", servers) }
        try await services.notify("showing the new one")
        try await everyServiceTakes(services) { try servers.put("other.pem", as: "trusted.pem") }
        try await load.goesOn()
        try await services.notify("trusting the new one")
    }

    /// What can't be used is told, and not used.
    private func breakAndMend(_ servers: SecureServers, _ services: SecureShop, _ load: SteadyLoad) async throws {
        func health(_ condition: @escaping (String) -> Bool) async throws {
            for name in SecureShop.names {
                try await eventually("\(name) tells of it", within: .seconds(60)) {
                    condition(try await services.health(name))
                }
            }
        }
        _ = try servers.write("shown.crt", "no certificate")
        try await health { $0.contains("the former certificates are used") }
        try await load.goesOn()
        try await services.notify("with a broken one")
        try FileManager.default.removeItem(atPath: servers.path("shown.crt"))
        try await health { $0.contains("shown.crt can't be read") }
        // Of another key.
        try servers.put("client.crt", as: "shown.crt")
        try await health { $0.contains("the former certificates are used") }
        try await services.notify("with one for another key")
        try servers.put("other-client.crt", as: "shown.crt")
        try await health { !$0.contains("certificates are used") && !$0.contains("can't be read") }
        try await services.notify("mended")
    }

    private func everyServiceTakes(_ services: SecureShop, _ change: () throws -> Void) async throws {
        func lines(_ name: String) -> Int {
            services.errors(name).split(separator: "\n").count {
                $0.contains("certificates were read again") && !$0.contains("not all can be used")
            }
        }
        let before = SecureShop.names.map(lines)
        try change()
        for (name, count) in zip(SecureShop.names, before) {
            try await eventually("\(name) says that it has taken them", within: .seconds(60)) {
                lines(name) == count + 1
            }
        }
    }
}
