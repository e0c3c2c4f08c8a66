package import EventLog
import Identifiers

/// Whether a database may serve on a log: what is known of both, and what follows.
struct Admission: Sendable {
    /// What the database belongs to; nil: it has not met a log.
    var store: StoreIdentity?
    /// Whether it has a past on some log.
    var storeHasHistory: Bool
    /// Whether its service is where the topic's events come from.
    var isOrigin: Bool
    var log: String
    /// Whose the log is; nil: nobody's yet.
    var shop: Identifier?
    var history: LogHistory

    enum Verdict: Sendable, Equatable {
        /// It is this log's already.
        case admitted
        /// Both become this shop's, or whose the log is by then; nil: a new shop's.
        case bind(Identifier?)
        case refused(Reason)
    }

    enum Reason: Sendable, Equatable {
        case otherLog
        /// A tool was told one that is not the database's.
        case namedWrongly
        case otherShop
        /// The log has none of the events that the database has published or handled.
        case logLost
        /// The log's events are of a database that this one knows nothing of.
        case historyUnknown
    }

    var verdict: Verdict {
        guard let store else {
            switch (storeHasHistory, history) {
            case (true, .none): return .refused(.logLost)
            case (true, .foreign): return .refused(.historyUnknown)
            case (true, .known): return .bind(shop)
            case (false, .none): return .bind(shop)
            // Whoever only reads may come later.
            case (false, _): return isOrigin ? .refused(.historyUnknown) : .bind(shop)
            }
        }
        guard store.log == log else { return .refused(.otherLog) }
        guard let shop else {
            // A log that was made anew, or written from an export. Clusters may share an id: images come with one.
            switch (storeHasHistory, history) {
            case (true, .none): return .refused(.logLost)
            case (true, .foreign), (false, .foreign): return .refused(.historyUnknown)
            case (_, .known), (false, .none): return .bind(store.shop)
            }
        }
        return store.shop == shop ? .admitted : .refused(.otherShop)
    }
}

/// What a log shows of a database's past.
package enum LogHistory: Sendable {
    case none
    /// Some of the earliest records are about what the database has.
    case known
    case foreign
}

/// Why a database does not serve on a log, and what to do.
package struct WrongLog: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ reason: Admission.Reason, _ database: ShopDatabase, of store: StoreIdentity?, on log: String) {
        let name = database.name
        let topic = database.description.topic
        switch reason {
        case .otherLog where store?.log.hasPrefix("kafka:") == true && log.hasPrefix("file:"):
            description = """
                \(name) belongs to a log on Kafka (\(store?.log ?? "none"), and this is \(log)): name it with --kafka; after a \
                restore, `orderlog adopt` makes the database this log's
                """
        case .otherLog:
            description = """
                \(name) belongs to another log (\(store?.log ?? "none"), and this is \(log)): start it on its own; `orderlog \
                move` takes a shop from its file to Kafka, and `orderlog adopt` makes a restored database this log's
                """
        case .namedWrongly:
            description = """
                \(name) belongs to another log (\(store?.log ?? "none"), and this is \(log)): name it with --kafka or --data
                """
        case .otherShop:
            description = """
                \(name) is the database of another shop than the one whose log \(log) is: name the databases of this shop, or \
                a log of its own; after a restore, `orderlog adopt`
                """
        case .logLost:
            description = """
                \(name) has had events on a log, and \(log) holds none of them in \(topic): start it on its own log, or bring \
                the events there (`orderlog move`, `orderlog events import`); `orderlog adopt` goes on without them
                """
        case .historyUnknown:
            description = """
                \(log) holds events in \(topic) that \(name) knows nothing of: they are another database's; name that one, or a \
                log of its own; after a restore, `orderlog adopt`
                """
        }
    }
}

extension ShopDatabase {
    /// Makes sure that the database belongs to the log: binds it where it has met none, and throws `WrongLog` where it is
    /// another's. An `EventLogError` says that the log did not answer.
    package func admit(to log: any EventLog) async throws {
        let (admission, verdict) = try await judge(log)
        switch verdict {
        case .admitted: return
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
            try await bind(to: StoreIdentity(shop: claimed, log: admission.log))
        }
    }

    /// For tools that compare the two: throws where the database is known to be of another log. Changes nothing.
    package func check(_ log: any EventLog) async throws {
        guard let store = try await identity() else { return }
        let logIdentity = try await log.identity()
        guard store.log == logIdentity else { throw WrongLog(.namedWrongly, self, of: store, on: logIdentity) }
        guard let shop = try await ShopRecord.read(log), shop != store.shop else { return }
        throw WrongLog(.otherShop, self, of: store, on: logIdentity)
    }

    /// What is known of the database and the log, and what follows.
    func judge(_ log: any EventLog) async throws -> (Admission, Admission.Verdict) {
        let store = try await identity()
        let logIdentity = try await log.identity()
        let shop = try await ShopRecord.read(log)
        var admission = Admission(
            store: store, storeHasHistory: false, isOrigin: description.isOrigin, log: logIdentity, shop: shop,
            history: .none)
        // The usual start costs no look at the topic.
        if let store, store.log != logIdentity || shop != nil { return (admission, admission.verdict) }
        admission.storeHasHistory = try await hasHistory()
        admission.history = try await history(on: log)
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
