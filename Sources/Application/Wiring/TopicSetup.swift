import EventLog
import Events
import Pacing
import Telemetry

/// Creates the shop's topics as soon as the log answers, and again when one has gone.
final class TopicSetup: Sendable {
    private static let lookEvery: Duration = .seconds(10)

    private let log: any EventLog
    private let logger: Logger
    private let task = BackgroundTask()

    init(log: any EventLog, logger: Logger) {
        self.log = log
        self.logger = logger
    }

    func start() {
        task.start { [self] in
            var backoff = Backoff()
            while !Task.isCancelled {
                do throws(EventLogError) {
                    try await log.create(Topics.declared)
                    for drift in try await TopicDrift.all(in: log) {
                        logger.warning("a topic is not as declared", ["topic": drift.topic, "drift": drift.text])
                    }
                    break
                } catch {
                    logger.warning("the topics can't be created yet; trying again", ["error": error.message])
                    try? await Task.sleep(for: backoff.next())
                }
            }
            while (try? await Task.sleep(for: Self.lookEvery)) != nil { await createMissing() }
        }
    }

    /// A log that is away is told elsewhere, and asked again soon.
    private func createMissing() async {
        guard let existing = try? await log.existing(Topics.declared.map(\.name)) else { return }
        let missing = Topics.declared.filter { !existing.contains($0.name) }
        guard !missing.isEmpty else { return }
        logger.warning(
            "topics are missing and are created again",
            ["topics": missing.map(\.name).joined(separator: ", ")])
        do throws(EventLogError) {
            try await log.create(missing)
        } catch {
            logger.warning(
                "the topics can't be created: `orderlog topics apply` says why, too", ["error": error.message])
        }
    }

    func stop() async { await task.stop() }
}

/// How a topic differs from its declaration.
struct TopicDrift: Sendable, Hashable {
    var topic: String
    var text: String

    static func all(in log: any EventLog) async throws(EventLogError) -> [TopicDrift] {
        let actual = try await log.topics()
        return Topics.declared.compactMap { declared in
            drift(of: declared, actual.first { $0.name == declared.name }).map {
                TopicDrift(topic: declared.name, text: $0)
            }
        }
    }

    static func drift(of declared: TopicDeclaration, _ actual: TopicDescription?) -> String? {
        guard let actual else { return "missing" }
        var differences: [String] = []
        if actual.partitions != declared.partitions {
            differences.append("\(actual.partitions) partitions, declared \(declared.partitions)")
        }
        if actual.retention != declared.retention {
            differences.append("kept \(text(actual.retention)), declared \(text(declared.retention))")
        }
        if actual.compacted { differences.append("compacted, declared not") }
        // A higher bound is nobody's trouble.
        if let largest = actual.largestBatch, largest < TopicDeclaration.largestBatch {
            differences.append("max.message.bytes \(largest), declared \(TopicDeclaration.largestBatch)")
        }
        if let ahead = actual.timestampsAhead {
            differences.append("message.timestamp.after.max.ms \(ahead), declared \(Int64.max)")
        }
        return differences.isEmpty ? nil : differences.joined(separator: "; ")
    }

    static func text(_ retention: Int64?) -> String {
        guard let retention else { return "for ever" }
        let day: Int64 = 24 * 60 * 60 * 1_000
        return retention % day == 0 ? "\(retention / day) days" : "\(retention) ms"
    }
}
