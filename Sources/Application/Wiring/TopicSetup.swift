import EventLog
import Events
import Identity
import Pacing
import ServiceLife
import Synchronization
import Telemetry

/// Creates the shop's topics as soon as the log answers, and again when one has gone; tells where one is not as declared,
/// or has lost events.
final class TopicSetup: Sendable {
    private static let lookEvery: Duration = .seconds(10)

    private let log: any EventLog
    /// The services' databases that are known to belong to the log.
    private let databases: @Sendable () -> [ShopDatabase]
    private let logger: Logger
    let health = HealthReport("topics")
    private let task = BackgroundTask()
    private let seen = Mutex(SeenTopics())
    /// Topics that have what their database has published. What they lose from now on is seen by their ends.
    private let whole = Mutex<Set<String>>([])
    /// What was told, by subject, so that it is told once.
    private let told = Mutex<[String: String]>([:])

    init(log: any EventLog, databases: @escaping @Sendable () -> [ShopDatabase], logger: Logger) {
        self.log = log
        self.databases = databases
        self.logger = logger
    }

    var check: HealthCheck { HealthCheck(health) }

    func start() {
        task.start { [self] in
            let outage = Outage(logger, gone: "the topics can't be created yet", back: "the topics are there")
            var backoff = Backoff()
            while !Task.isCancelled {
                do throws(EventLogError) {
                    try await log.create(Topics.declared)
                    outage.works()
                    break
                } catch {
                    outage.failed(error.message)
                    try? await Task.sleep(for: backoff.next())
                }
            }
            repeat { await look() } while (try? await Task.sleep(for: Self.lookEvery)) != nil
        }
    }

    /// A log that is away is told elsewhere, and asked again soon. Which topics there are, and how far they go, may be asked
    /// by those who may not look at settings, too.
    func look() async {
        guard let existing = try? await log.existing(Topics.declared.map(\.name)) else { return }
        await tellLosses(existing)
        let missing = Topics.declared.filter { !existing.contains($0.name) }
        if !missing.isEmpty { await create(missing) }
        await lookAtSettings(of: existing)
    }

    private func lookAtSettings(of existing: Set<String>) async {
        do throws(EventLogError) {
            let described = try await log.describe(existing.sorted())
            _ = isNew(nil, about: "settings")
            let found = Set(described.map(\.name))
            tellDrift(try await TopicDrift.all(described, on: log).filter { found.contains($0.topic) })
        } catch  where isNew(error.message, about: "settings") {
            logger.warning("it can't be seen whether the topics are set as declared", ["error": error.message])
        } catch {
            // Told before.
        }
    }

    /// Whether this is not what was told of it the last time; nil: all is well.
    private func isNew(_ text: String?, about subject: String) -> Bool {
        told.withLock { told in
            defer { told[subject] = text }
            return told[subject] != text
        }
    }

    private func create(_ missing: [TopicDeclaration]) async {
        let names = missing.map(\.name).joined(separator: ", ")
        do throws(EventLogError) {
            try await log.create(missing)
            logger.warning("topics were missing and are created again", ["topics": names])
            _ = isNew(nil, about: "creation")
        } catch  where isNew(error.message, about: "creation") {
            logger.warning(
                "topics are missing and can't be created: `orderlog topics apply` says why, too",
                ["topics": names, "error": error.message])
        } catch {
            // Told before.
        }
    }

    /// A topic that somebody deleted may be there again by now, for a producer asks a broker for what it sends to: then it
    /// ends before where it ended.
    private func tellLosses(_ existing: Set<String>) async {
        for topic in [Topics.orders, Topics.inventory] {
            let publisher = await publisher(to: topic)
            var ranges: [PartitionRange] = []
            if existing.contains(topic) {
                guard let found = try? await log.ranges(topic: topic) else { continue }
                ranges = found
            }
            if let publisher { compare(publisher, topic, ranges) }
            guard let loss = seen.withLock({ $0.loss(of: topic, now: ranges) }) else { continue }
            let text = "\(loss); \(Self.advice)"
            logger.error("events are gone from the log", ["topic": topic, "error": text])
            // For as long as this process runs: nobody says here that they are back.
            health.complain(text, about: "\(topic), events are gone")
        }
    }

    private typealias Publisher = (database: ShopDatabase, published: Int64)

    /// nil: none is here, or its events are known to be there, or it does not answer and is asked again.
    private func publisher(to topic: String) async -> Publisher? {
        guard !whole.withLock({ $0.contains(topic) }),
            let database = databases().first(where: { $0.description.isOrigin && $0.description.topic == topic }),
            let published = try? await database.published()
        else { return nil }
        return (database, published)
    }

    /// What was lost before this process saw the topic, until it is there again.
    private func compare(_ publisher: Publisher, _ topic: String, _ ranges: [PartitionRange]) {
        let subject = "\(topic), published events"
        let loss = publisher.database.loss(of: publisher.published, now: ranges)
        let isNew = isNew(loss, about: subject)
        guard let loss else {
            _ = whole.withLock { $0.insert(topic) }
            return health.isWell(about: subject)
        }
        if isNew { logger.error("events are gone from the log", ["topic": topic, "error": loss]) }
        health.complain(loss, about: subject)
    }

    private static let advice = """
        `orderlog audit` names what the databases have and the log lacks, and `orderlog audit --republish` brings the events \
        back that can be made anew
        """

    private func tellDrift(_ drifts: [TopicDrift]) {
        for topic in Topics.declared.map(\.name) {
            let drift = drifts.first { $0.topic == topic }?.text
            let isNew = isNew(drift, about: topic)
            guard let drift else {
                health.isWell(about: topic)
                continue
            }
            if isNew {
                logger.warning(
                    "a topic is not as declared: `orderlog topics apply` changes what can be changed",
                    ["topic": topic, "drift": drift])
            }
            health.complain("not as declared (`orderlog topics apply`): \(drift)", about: topic)
        }
    }

    func stop() async { await task.stop() }
}

/// Where topics ended when they were last looked at.
struct SeenTopics: Sendable {
    private var ends: [String: [Int32: Int64]] = [:]

    /// What a topic has lost since the last look, in words; nil: nothing.
    ///
    /// - Parameter now: its partitions; empty: it is not there.
    mutating func loss(of topic: String, now: [PartitionRange]) -> String? {
        let before = ends[topic] ?? [:]
        let after = Dictionary(now.map { ($0.partition, $0.end) }) { $1 }
        ends[topic] = after
        let shorter = before.filter { partition, end in after[partition] ?? 0 < end }
        guard !shorter.isEmpty else { return nil }
        let count = before.values.reduce(0, +)
        return now.isEmpty
            ? "the topic \(topic) was deleted, with \(count) records"
            : "the topic \(topic) was made anew, or cut: it had \(count) records, and ends before where it ended"
    }
}
