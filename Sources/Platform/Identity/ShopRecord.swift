package import EventLog
package import Identifiers
import JSON

/// The record that says whose log it is: the first of the topic `shop`. On Kafka three services meet on nothing but the log,
/// so that is where the shop's id stands.
package enum ShopRecord {
    package static let topic = TopicDeclaration(name: "shop", partitions: 1, retention: nil)

    /// nil: nobody has claimed the log.
    package static func read(_ log: any EventLog) async throws(EventLogError) -> Identifier? {
        do throws(EventLogError) {
            guard let range = try await log.ranges(topic: topic.name).first, range.earliest < range.end else {
                return nil
            }
        } catch  where error.kind == .unknownTopic {
            return nil
        }
        let records = try await log.read(topic: topic.name, partition: 0, from: 0, limit: 100)
        return records.lazy.compactMap(shop).first
    }

    /// Claims the log for `shop`; answers whose it is, for of several claims the first one counts.
    package static func claim(_ log: any EventLog, for shop: Identifier) async throws(EventLogError) -> Identifier {
        if let known = try await read(log) { return known }
        try await log.create([topic])
        var json = JSONWriter()
        json.object { $0.field("shop_id", shop.description) }
        let record = LogRecord(
            topic: topic.name, partition: 0, key: Array("shop".utf8), value: json.finish(), timestamp: nil)
        _ = try await log.append([record])[0].get()
        guard let known = try await read(log) else {
            throw EventLogError(.unavailable, "the topic \(topic.name) does not show what was just written to it")
        }
        return known
    }

    private static func shop(_ record: StoredRecord) -> Identifier? {
        guard let value = record.value else { return nil }
        return try? JSON.read(value) { json in
            var id: String?
            _ = try json.object { name, json in
                if case "shop_id" = name { id = try json.string() }
            }
            return id.flatMap { Identifier($0) }
        }
    }
}
