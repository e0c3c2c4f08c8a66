package import EventLog
import Identity
import JSON

/// How long a shop wants the events of its orders kept, where somebody has said so: it stands on the topic `shop`, beside
/// whose log it is, so that all services and tools find the same. A topic that is set so is as declared, and a log that
/// therefore begins later than the shop is no damaged one.
package enum DeclaredRetention {
    /// In milliseconds; the inner nil: for ever. The outer one: nobody has ever said anything.
    package static func read(_ log: any EventLog) async throws(EventLogError) -> Int64?? {
        do throws(EventLogError) {
            guard let range = try await log.ranges(topic: ShopRecord.topic.name).first, range.earliest < range.end
            else {
                return nil
            }
        } catch  where error.kind == .unknownTopic {
            return nil
        }
        // As many as `ShopRecord` looks at.
        let records = try await log.read(topic: ShopRecord.topic.name, partition: 0, from: 0, limit: 1_000)
        return records.compactMap { $0.value.flatMap(retention) }.last
    }

    /// Says it, before the topic is set so: what is declared and not yet so is told by `topics list`.
    package static func declare(_ retention: Int64?, on log: any EventLog) async throws(EventLogError) {
        try await log.create([ShopRecord.topic])
        var json = JSONWriter()
        json.object { json in
            json.field("topic", Topics.orders)
            json.key("retention_ms")
            if let retention { json.int(retention) } else { json.null() }
        }
        let record = LogRecord(
            topic: ShopRecord.topic.name, partition: 0, key: Array("retention".utf8), value: json.finish())
        _ = try await log.append([record])[0].get()
    }

    /// nil for what says nothing of it.
    private static func retention(_ value: [UInt8]) -> Int64?? {
        var topic: String?
        var retention: Int64??
        _ = try? JSON.read(value, isOpen: true) { json in
            try json.object { key, json in
                switch key {
                case "topic": topic = try json.string()
                case "retention_ms":
                    retention = try json.null() ? .some(nil) : try json.int(in: 1...Int64.max).map { .some($0) }
                default: try json.skip()
                }
            } ? true : nil
        }
        return topic == Topics.orders ? retention : nil
    }

    /// The declared topics, with what the shop wants in the place of what the program says.
    package static func topics(_ declared: Int64??) -> [TopicDeclaration] {
        guard case .some(let retention) = declared else { return Topics.declared }
        return Topics.declared.map { topic in
            var topic = topic
            if topic.name == Topics.orders { topic.retention = retention }
            return topic
        }
    }
}
