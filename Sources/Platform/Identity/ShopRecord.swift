package import EventLog
package import Identifiers
import JSON

/// What the topic `shop` says: whose log it is, by its first record, and which database each topic's events come from. On
/// Kafka three services meet on nothing but the log, so that is where it stands.
package struct ShopRecord: Sendable, Hashable {
    package static let topic = TopicDeclaration(name: "shop", partitions: 1, retention: nil)

    /// nil: nobody has claimed the log.
    package private(set) var shop: Identifier?
    /// The database of each service that has registered one. The first counts; `adopt` replaces it.
    private(set) var databases: [String: String] = [:]

    package static func read(_ log: any EventLog) async throws(EventLogError) -> ShopRecord {
        do throws(EventLogError) {
            guard let range = try await log.ranges(topic: topic.name).first, range.earliest < range.end else {
                return ShopRecord()
            }
        } catch  where error.kind == .unknownTopic {
            return ShopRecord()
        }
        let records = try await log.read(topic: topic.name, partition: 0, from: 0, limit: 1_000)
        return records.compactMap(Line.init).reduce(into: ShopRecord()) { $0.add($1) }
    }

    private mutating func add(_ line: Line) {
        let shop = self.shop ?? line.shop
        self.shop = shop
        guard line.shop == shop, let service = line.service, let database = line.database,
            databases[service] == nil || databases[service] == line.replaced
        else { return }
        databases[service] = database
    }

    /// Claims the log for `shop`; answers whose it is, for of several claims the first one counts.
    package static func claim(_ log: any EventLog, for shop: Identifier) async throws(EventLogError) -> Identifier {
        if let known = try await read(log).shop { return known }
        guard let known = try await append(Line(shop: shop), to: log).shop else {
            throw EventLogError(.unavailable, "the topic \(topic.name) does not show what was just written to it")
        }
        return known
    }

    /// Registers a service's database on the shop's log, in the place of `replaced`; answers whose it is by then.
    static func register(
        _ database: String, of service: String, on log: any EventLog, for shop: Identifier, replacing replaced: String?
    ) async throws(EventLogError) -> String? {
        try await append(Line(shop: shop, service: service, database: database, replaced: replaced), to: log)
            .databases[service]
    }

    private static func append(_ line: Line, to log: any EventLog) async throws(EventLogError) -> ShopRecord {
        try await log.create([topic])
        let record = LogRecord(
            topic: topic.name, partition: 0, key: Array("shop".utf8), value: line.json(), timestamp: nil)
        _ = try await log.append([record])[0].get()
        return try await read(log)
    }
}

/// A record of the topic.
private struct Line {
    var shop: Identifier
    var service: String?
    var database: String?
    /// The database that the service had before.
    var replaced: String?

    init(shop: Identifier, service: String? = nil, database: String? = nil, replaced: String? = nil) {
        self.shop = shop
        self.service = service
        self.database = database
        self.replaced = replaced
    }

    /// nil for what is none.
    init?(_ record: StoredRecord) {
        guard let value = record.value else { return nil }
        var fields: [String: String] = [:]
        _ = try? JSON.read(value) { json in
            try json.object { name, json in
                switch name {
                case "shop_id": fields["shop"] = try json.string()
                case "service": fields["service"] = try json.string()
                case "database_id": fields["database"] = try json.string()
                case "replaces": fields["replaced"] = try json.string()
                default: try json.skip()
                }
            }
        }
        guard let shop = fields["shop"].flatMap({ Identifier($0) }) else { return nil }
        self.init(
            shop: shop, service: fields["service"], database: fields["database"], replaced: fields["replaced"])
    }

    func json() -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("shop_id", shop.description)
            if let service { json.field("service", service) }
            if let database { json.field("database_id", database) }
            if let replaced { json.field("replaces", replaced) }
        }
        return json.finish()
    }
}
