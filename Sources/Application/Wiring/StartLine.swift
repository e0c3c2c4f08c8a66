import Databases
import Foundation
import ServiceLife
import Telemetry

/// The line of a start: what runs here, and how it was told to. No secret is in it.
struct StartLine {
    private let settings: SystemSettings
    private let system: RunningSystem

    init(_ settings: SystemSettings, _ system: RunningSystem) {
        self.settings = settings
        self.system = system
    }

    var fields: [LogField] {
        let host = settings.services.first?.host ?? "127.0.0.1"
        var fields: [LogField] = [("version", Orderlog.version)]
        if let commit = Orderlog.commit { fields.append(("commit", commit)) }
        fields.append(("services", list(system.services.map { "\($0.name) \($0.url(host: host))" })))
        fields.append(("inside", list(system.services.map { "\($0.name) \($0.inside)" })))
        fields.append(("log", log))
        fields.append(("databases", list(databases)))
        fields.append(("settings", list(told)))
        return fields
    }

    private var log: String {
        switch settings.log {
        case .kafka(let servers, _, _): "kafka \(servers)"
        case .embedded(let folder): "file \(folder)/log.db"
        }
    }

    private var databases: [String] {
        [("order", settings.order), ("inventory", settings.inventory), ("notification", settings.notification)]
            .compactMap { name, service in service?.database.map { "\(name) \(Self.place($0))" } }
    }

    /// Where a database is, and neither who uses it nor how that is proved.
    private static func place(_ location: DatabaseLocation) -> String {
        switch location {
        case .sqlite(let path): return "sqlite \(path)"
        case .postgreSQL(let url, _):
            guard let parts = URLComponents(string: url) else { return "postgresql" }
            return "postgresql \(parts.host ?? "")\(parts.port.map { ":\($0)" } ?? "")\(parts.path)"
        }
    }

    private var told: [String] {
        guard let service = settings.services.first else { return [] }
        var told = [
            "max-waiting=\(service.maximumWaiting)", "body-memory=\(service.bodyMemory >> 20)",
            "keys=\(settings.keys == nil ? "no" : "yes")", "inside-token=\(settings.tokens == nil ? "no" : "yes")",
            "kafka-config=\(settings.kafkaConfig == nil ? "no" : "yes")",
            "traces=\(settings.tracing == nil ? "no" : "yes")",
        ]
        if let address = settings.inventoryAddress { told.append("inventory=\(address)") }
        return told
    }

    private func list(_ texts: [String]) -> String { texts.joined(separator: ", ") }
}
