import EventLog

extension Shop {
    /// Waits until the topic has so many records: what was answered is published a moment later.
    func awaitEvents(_ topic: String, _ count: Int64) async throws {
        try await withLog { log in
            try await eventually("\(count) records of \(topic)", within: .seconds(60)) {
                try await log.ranges(topic: topic).reduce(0) { $0 + $1.end } >= count
            }
        }
    }

    /// The log as another process sees it, for as long as `body` runs.
    func withLog<Value>(_ body: (any EventLog) async throws -> Value) async throws -> Value {
        let log = try await openLog()
        do {
            let value = try await body(log)
            await log.close()
            return value
        } catch {
            await log.close()
            throw error
        }
    }

    /// The events of an order, or of a product on its topic, in the order of the log.
    func events(of order: String, on topic: String = "orders") async throws -> [StoredRecord] {
        try await withLog { log in
            var events: [StoredRecord] = []
            for range in try await log.ranges(topic: topic) {
                var offset = range.earliest
                while offset < range.end {
                    let records = try await log.read(
                        topic: topic, partition: range.partition, from: offset, limit: 1_000)
                    guard let last = records.last else { break }
                    events += records.filter { $0.key == Array(order.utf8) }
                    offset = last.position.offset + 1
                }
            }
            return events
        }
    }
}
