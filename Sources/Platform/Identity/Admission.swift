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
    /// Whether the log has a place of the group that feeds the database: some database has read events there.
    var groupHasRead = false
    /// The database of the service that the log names; nil: none.
    var registered: String?
    /// Whether that is another.
    var hasOther = false

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
        /// The group has read for a database that this one knows nothing of.
        case readUnknown
        /// The log has another database of the service, by name.
        case otherDatabase
        /// The log that the database has had is not there, at this path.
        case logMissing(String)
    }

    var verdict: Verdict {
        let verdict = verdictByHistory
        if case .refused = verdict { return verdict }
        return hasOther ? .refused(.otherDatabase) : verdict
    }

    private var verdictByHistory: Verdict {
        guard let store else {
            switch (storeHasHistory, history) {
            case (true, .none): return .refused(.logLost)
            case (true, .foreign): return .refused(.historyUnknown)
            case (true, .known): return .bind(shop)
            case (false, .known),
                (false, .foreign) where isOrigin:
                return .refused(.historyUnknown)
            // Whoever only reads may come later, if nobody has read in its place.
            case (false, _): return groupHasRead ? .refused(.readUnknown) : .bind(shop)
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
        case .readUnknown:
            description = """
                \(name) is new, and the group \(database.description.group ?? "") has read on \(log) already, for another \
                database: name that one, or a Kafka of its own for another shop; where that one is lost, `orderlog adopt` makes \
                this one go on in its place
                """
        case .otherDatabase:
            description = """
                \(log) has another \(database.description.service) database than \(name), which would mix two shops: name that \
                one, or a log of its own; after a restore, or where that one is lost, `orderlog adopt`
                """
        case .logMissing(let path):
            description = """
                \(name) has events on a log, and \(path) is not there: bring that file back from a copy, or say --kafka if the \
                log is Kafka's (\(store?.log ?? "it noted none")); `orderlog adopt` makes a new one, and goes on without the \
                events of the old one
                """
        }
    }
}
