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
    static let wrongPassword = "wr0ng-canary"

    let folder: URL
    let broker: TestBroker
    var kafka: String { broker.address }
    private let port: Int

    /// The authority's certificate, and that of one that has signed nothing here.
    var authority: String { folder.path + "/ca.pem" }
    var otherAuthority: String { folder.path + "/other.pem" }

    /// `settings` are added to Kafka's server.properties.
    static func with(
        settings: [String: String] = [:], _ body: (SecureServers) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "orderlog-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        do {
            try await with(folder, settings, body)
        } catch {
            await remove(folder)
            throw error
        }
        await remove(folder)
    }

    private static func with(
        _ folder: URL, _ settings: [String: String], _ body: (SecureServers) async throws -> Void
    ) async throws {
        _ = try await run(certificates, in: folder)
        let url = try await run(postgreSQL, in: folder)
        let broker = try await TestBroker(settings: kafkaSettings(folder.path).merging(settings) { $1 })
        do {
            try await body(
                SecureServers(folder: folder, broker: broker, port: URLComponents(string: url)?.port ?? 0))
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
    func kafkaConfig(
        password: String = password, authority: String? = nil, mechanism: String = "PLAIN", more: String = ""
    ) throws -> String {
        try write(
            "kafka-\(UUID().uuidString).properties",
            """
            # As the README has it.
            security.protocol=SASL_SSL
            sasl.mechanism=\(mechanism)
            sasl.username=orderlog
            sasl.password=\(password)
            ssl.ca.location=\(authority ?? self.authority)
            \(more)

            """)
    }

    /// What the broker takes instead of the usual password, from its next start.
    func changeKafkaPassword(to password: String) async throws {
        try await broker.change(Self.kafkaSettings(folder.path, password))
    }

    /// Runs SQL as the role of the services, which may change its own password and end its own connections.
    func sql(_ text: String, password: String) async throws {
        _ = try await runScript(
            ["psql", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname=\(database("order"))", "--command=\(text)"],
            environment: ["PGPASSWORD": password])
    }

    /// Kafka's own certificate, and whose it takes, are the other authority's, from its next start.
    func changeKafkaAuthority() async throws {
        try await broker.change([
            "ssl.keystore.location": "\(folder.path)/other-keystore.pem", "ssl.truststore.location": otherAuthority,
        ])
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    /// Puts what is in files of the folder, one behind the other, into the place of another, at once.
    func put(_ names: String..., as name: String) throws {
        let text = try names.map { try String(contentsOfFile: path($0), encoding: .utf8) }.joined()
        _ = try write(name, text)
    }

    func write(_ name: String, _ text: String) throws -> String {
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
        signed() {
            openssl req -newkey rsa:2048 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.csr"
            openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 2 \
                -extfile <(echo subjectAltName=IP:127.0.0.1) -out "$1.crt"
        }
        signed server ca
        signed other-server other
        signed client ca
        signed other-client other
        cat server.key server.crt >keystore.pem
        cat other-server.key other-server.crt >other-keystore.pem
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

    private static func kafkaSettings(_ folder: String, _ password: String = password) -> [String: String] {
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
