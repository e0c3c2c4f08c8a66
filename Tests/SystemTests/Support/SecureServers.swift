import Foundation
import TestBroker
import TestDatabase

/// A Kafka and a PostgreSQL as a shop has them that does not trust its network: TLS with certificates of an authority of
/// its own, and passwords. (By PLAIN: Debian 12's librdkafka can't use SCRAM with Kafka 4.)
struct SecureServers {
    static var areAvailable: Bool {
        TestBroker.isAvailable && TestPostgreSQL.isAvailable
            && FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")
    }

    static let password = "a secret: ü'\"\\"

    let folder: URL
    let kafka: String
    private let port: Int

    /// The authority's certificate, and that of one that has signed nothing here.
    var authority: String { folder.path + "/ca.pem" }
    var otherAuthority: String { folder.path + "/other.pem" }

    static func with(_ body: (SecureServers) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "orderlog-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        do {
            try await with(folder, body)
        } catch {
            await remove(folder)
            throw error
        }
        await remove(folder)
    }

    private static func with(_ folder: URL, _ body: (SecureServers) async throws -> Void) async throws {
        _ = try await run(certificates, in: folder)
        let url = try await run(postgreSQL, in: folder)
        let broker = try await TestBroker(settings: kafkaSettings(folder.path))
        do {
            try await body(
                SecureServers(folder: folder, kafka: broker.address, port: URLComponents(string: url)?.port ?? 0))
        } catch {
            try await broker.stop()
            throw error
        }
        try await broker.stop()
    }

    private static func remove(_ folder: URL) async {
        _ = try? await run(#""$POSTGRES" kill "$PWD/postgres""#, in: folder)
        try? FileManager.default.removeItem(at: folder)
    }

    /// Of the database of a service.
    func database(_ name: String, sslmode: String = "verify-full", authority: String? = nil) -> String {
        "postgres://shop@127.0.0.1:\(port)/\(name)?sslmode=\(sslmode)&sslrootcert=\(authority ?? self.authority)"
    }

    /// A file with a password.
    func passwordFile(_ password: String = password) throws -> String {
        try write("password-\(password.hashValue)", password + "\n")
    }

    /// A file for `--kafka-config`.
    func kafkaConfig(password: String = password, authority: String? = nil, mechanism: String = "PLAIN") throws
        -> String
    {
        try write(
            "kafka-\(UUID().uuidString).properties",
            """
            # As the README has it.
            security.protocol=SASL_SSL
            sasl.mechanism=\(mechanism)
            sasl.username=orderlog
            sasl.password=\(password)
            ssl.ca.location=\(authority ?? self.authority)

            """)
    }

    private func write(_ name: String, _ text: String) throws -> String {
        let file = folder.appending(path: name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    // MARK: - Making them

    private static let certificates = """
        exec 2>openssl.log
        authority() { openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout "$1.key" -out "$1.pem"; }
        authority ca
        authority other
        openssl req -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -keyout server.key -out server.csr
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
            -extfile <(echo subjectAltName=IP:127.0.0.1) -out server.crt
        cat server.key server.crt >keystore.pem
        """

    /// Prints its URL.
    private static let postgreSQL = """
        chmod 755 .
        url=$("$POSTGRES" start "$PWD/postgres")
        psql --quiet --dbname="$url" --set=password="$PASSWORD" <<'SQL'
        CREATE ROLE shop LOGIN PASSWORD :'password';
        CREATE DATABASE "order" OWNER shop;
        CREATE DATABASE inventory OWNER shop;
        CREATE DATABASE notification OWNER shop;
        SQL
        data=$PWD/postgres/data
        cp server.key server.crt "$data"
        chown --reference="$data" "$data"/server.*
        chmod 600 "$data/server.key"
        echo 'ssl = on' >>"$data/postgresql.conf"
        echo 'hostssl all all 127.0.0.1/32 scram-sha-256' >"$data/pg_hba.conf"
        "$POSTGRES" stop "$PWD/postgres"
        "$POSTGRES" start "$PWD/postgres"
        """

    private static func kafkaSettings(_ folder: String) -> [String: String] {
        let module = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        let quoted = password.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        // A properties file takes a backslash for itself once more, and is read as Latin-1 or UTF-8 by version.
        let escaped = quoted.replacing("\\", with: "\\\\").replacing("ü", with: "\\u00fc")
        return [
            // The listener's name stays, what is spoken there changes.
            "listener.security.protocol.map": "PLAINTEXT:SASL_SSL,CONTROLLER:PLAINTEXT",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512", "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "listener.name.plaintext.plain.sasl.jaas.config":
                #"\#(module) username="orderlog" password="\#(escaped)" user_orderlog="\#(escaped)";"#,
            "listener.name.plaintext.scram-sha-512.sasl.jaas.config":
                "org.apache.kafka.common.security.scram.ScramLoginModule required;",
            "ssl.keystore.type": "PEM", "ssl.keystore.location": "\(folder)/keystore.pem",
            "ssl.truststore.type": "PEM", "ssl.truststore.location": "\(folder)/ca.pem",
        ]
    }

    private static func run(_ script: String, in folder: URL) async throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try await runScript(
            ["/bin/bash", "-euo", "pipefail", "-c", script], in: folder,
            environment: ["POSTGRES": root.path + "/scripts/postgres", "PASSWORD": password])
    }
}
