package import EventLog
package import Identifiers

extension ShopDatabase {
    /// Makes sure that the database belongs to the log: binds it where it has met none, and throws `WrongLog` where it is
    /// another's. An `EventLogError` says that the log did not answer.
    package func admit(to log: any EventLog) async throws {
        let (admission, verdict) = try await judge(log)
        switch verdict {
        case .admitted:
            if let shop = admission.shop { try await register(on: log, admission, for: shop) }
        case .refused(let reason):
            // Another replica may have bound the database, and published, while the log was looked at.
            let (again, verdict) = try await judge(log)
            guard case .refused = verdict else { return try await admit(to: log) }
            throw WrongLog(reason, self, of: again.store, on: admission.log)
        case .bind(let shop):
            let claimed = try await ShopRecord.claim(log, for: shop ?? .time())
            if let own = admission.store?.shop, own != claimed {
                throw WrongLog(.otherShop, self, of: admission.store, on: admission.log)
            }
            try await register(on: log, admission, for: claimed)
            try await bind(to: StoreIdentity(shop: claimed, log: admission.log))
        }
    }

    /// Of two that do so at once one is refused.
    private func register(on log: any EventLog, _ admission: Admission, for shop: Identifier) async throws {
        guard let name = try await registeredName(), admission.registered != name else { return }
        let known = try await ShopRecord.register(
            name, of: description.service, on: log, for: shop, replacing: nil)
        if known != name { throw WrongLog(.otherDatabase, self, of: admission.store, on: admission.log) }
    }

    /// Makes it the one that the log's events come from, whichever that was.
    package func replaceRegistered(on log: any EventLog, for shop: Identifier) async throws {
        guard let name = try await registeredName() else { return }
        let current = try await ShopRecord.read(log).databases[description.service]
        if current == name { return }
        _ = try await ShopRecord.register(name, of: description.service, on: log, for: shop, replacing: current)
    }

    /// Whether the log names it, or needs to name none.
    package func isRegistered(on log: any EventLog) async throws -> Bool {
        guard let name = try await registeredName() else { return true }
        return try await ShopRecord.read(log).databases[description.service] == name
    }

    /// Throws `WrongLog` where the database has had a log, so that a new one at `path` is none of its.
    package func refuseNewLog(at path: String) async throws {
        let store = try await identity()
        var isKnown = store != nil
        if !isKnown { isKnown = try await hasHistory() }
        if isKnown { throw WrongLog(.logMissing(path), self, of: store, on: path) }
    }

    /// For tools that compare the two: throws where the database is known to be of another log. Changes nothing.
    package func check(_ log: any EventLog) async throws {
        guard let store = try await identity() else { return }
        let logIdentity = try await log.identity()
        guard store.log == logIdentity else { throw WrongLog(.namedWrongly, self, of: store, on: logIdentity) }
        guard let shop = try await ShopRecord.read(log).shop, shop != store.shop else { return }
        throw WrongLog(.otherShop, self, of: store, on: logIdentity)
    }

    /// What is known of the database and the log, and what follows.
    func judge(_ log: any EventLog) async throws -> (Admission, Admission.Verdict) {
        let store = try await identity()
        let logIdentity = try await log.identity()
        let record = try await ShopRecord.read(log)
        let shop = record.shop
        var admission = Admission(
            store: store, storeHasHistory: false, isOrigin: description.isOrigin, log: logIdentity, shop: shop,
            history: .none)
        admission.registered = record.databases[description.service]
        if let name = try await registeredName(), let registered = admission.registered {
            admission.hasOther = registered != name
        }
        // The usual start costs no look at the topic.
        if let store, store.log != logIdentity || shop != nil { return (admission, admission.verdict) }
        admission.storeHasHistory = try await hasHistory()
        admission.history = try await history(on: log)
        if store == nil, !admission.storeHasHistory, let group = description.group {
            admission.groupHasRead = try await log.committedOffsets(group: group).contains {
                $0.topic == description.groupTopic && $0.offset > 0
            }
        }
        return (admission, admission.verdict)
    }

    /// A few of the earliest records of each partition. Anyone may have written to a topic: one that is known is enough.
    package func history(on log: any EventLog) async throws -> LogHistory {
        var isEmpty = true
        for range in try await ranges(on: log) where range.earliest < range.end {
            isEmpty = false
            let records = try await log.read(
                topic: description.topic, partition: range.partition, from: range.earliest, limit: 20)
            if try await knows(anyOf: records) { return .known }
        }
        return isEmpty ? .none : .foreign
    }

    private func ranges(on log: any EventLog) async throws(EventLogError) -> [PartitionRange] {
        do throws(EventLogError) {
            return try await log.ranges(topic: description.topic)
        } catch  where error.kind == .unknownTopic {
            return []
        }
    }
}
