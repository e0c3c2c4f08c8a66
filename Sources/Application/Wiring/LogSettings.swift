package import EventLog
import Foundation
package import Kafka
package import Telemetry

/// Which log: Kafka, or a file on this machine.
package enum LogSettings: Sendable, Hashable {
    case kafka(servers: String, properties: [String: String], client: LogClient = .tool)
    /// The folder that holds `log.db`.
    case embedded(folder: String)

    /// Whether there is a log; Kafka is taken to be there.
    var isThere: Bool {
        guard case .embedded(let folder) = self else { return true }
        return FileManager.default.fileExists(atPath: folder + "/log.db")
    }

    /// What a tool does with a log.
    enum Use {
        /// Also where this account, or the disk, lets nobody write.
        case reading
        case writing
        /// As `writing`; where there is none, it is made.
        case making
    }

    /// For tools: a log that is not there is not made, and one that was moved is refused.
    func openExisting(for use: Use, logger: Logger) async throws -> any EventLog {
        guard case .embedded(let folder) = self else { return try await open(logger: logger) }
        if use != .making { try requireLog(in: folder) }
        return try await EmbeddedEventLog(path: folder + "/log.db", isReadOnly: use == .reading)
    }

    /// For `move`, which may be said again.
    static func openToMove(in folder: String) async throws -> EmbeddedEventLog {
        try LogSettings.embedded(folder: folder).requireLog(in: folder)
        return try await EmbeddedEventLog(path: folder + "/log.db", takesMoved: true)
    }

    private func requireLog(in folder: String) throws(Failure) {
        if isThere { return }
        throw Failure(
            "there is no log in \(folder): start `orderlog up` first, or name its folder with --data, or Kafka with --kafka"
        )
    }

    /// `credentials` and `certificates`: what Kafka is shown instead of what `properties` have of it. `heard`: takes what its client
    /// says; nil: it is logged line by line.
    package func open(
        logger: Logger, credentials: KafkaCredentials? = nil, certificates: KafkaCertificates? = nil,
        heard: KafkaLogger? = nil
    ) async throws -> any EventLog {
        switch self {
        case .kafka(let servers, let properties, let client):
            return try KafkaEventLog(
                bootstrapServers: servers, client: client, properties: properties, credentials: credentials,
                certificates: certificates, log: heard ?? { Self.log($0, logger) })
        case .embedded(let folder):
            try Self.createFolder(folder)
            return try await EmbeddedEventLog(path: folder + "/log.db")
        }
    }

    private static func log(_ line: KafkaLogLine, _ logger: Logger) {
        let level: LogLevel =
            switch line.level {
            // What librdkafka calls an error is mostly a broker that it can't reach for now, and it goes on trying.
            case .error, .warning: .warning
            case .info: .info
            case .debug: .debug
            }
        logger.log(level, line.message, ["kafka": line.facility])
    }

    /// What `/health` calls it.
    var name: String {
        switch self {
        case .kafka: "kafka"
        case .embedded: "log"
        }
    }

    /// The folder of `up`, which an earlier version may have left open to everybody. One without databases of ours is
    /// somebody's who knows what it is for, and stays as it is.
    static func createDataFolder(_ path: String) throws(Failure) {
        try createFolder(path)
        var status = stat()
        guard FileManager.default.fileExists(atPath: path + "/order.db"), stat(path, &status) == 0,
            status.st_mode & 0o077 != 0, status.st_mode & S_ISVTX == 0, status.st_uid == geteuid()
        else { return }
        chmod(path, status.st_mode & 0o700)
    }

    /// Nobody else's business, where it is made.
    static func createFolder(_ path: String) throws(Failure) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Failure("the folder \(path) can't be made: \(error.localizedDescription)")
        }
    }
}

/// A file of librdkafka properties: `name=value` lines, `#` comments.
enum KafkaProperties {
    static func read(path: String) throws(Failure) -> [String: String] {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw Failure("--kafka-config: \(path) can't be read: \(error.localizedDescription)")
        }
        return try parse(text, path: path)
    }

    static func parse(_ text: String, path: String) throws(Failure) -> [String: String] {
        var properties: [String: String] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let trimmed = line.trimmingCharacters(in: .whitespaces)
            if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
            guard let equals = trimmed.firstIndex(of: "=") else {
                throw Failure("--kafka-config: line \(index + 1) of \(path) is no name=value")
            }
            let name = trimmed[..<equals].trimmingCharacters(in: .whitespaces)
            properties[name] = trimmed[trimmed.index(after: equals)...].trimmingCharacters(in: .whitespaces)
        }
        return properties
    }
}
