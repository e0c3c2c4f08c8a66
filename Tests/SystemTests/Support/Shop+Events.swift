import EventLog

extension Shop {
    /// The events of an order, in the order of the log.
    func events(of order: String) async throws -> [StoredRecord] {
        let log = try await openLog()
        var events: [StoredRecord] = []
        for range in try await log.ranges(topic: "orders") {
            var offset = range.earliest
            while offset < range.end {
                let records = try await log.read(
                    topic: "orders", partition: range.partition, from: offset, limit: 1_000)
                guard let last = records.last else { break }
                events += records.filter { $0.key == Array(order.utf8) }
                offset = last.position.offset + 1
            }
        }
        await log.close()
        return events
    }
}
