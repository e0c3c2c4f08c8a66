package import Kafka
import Synchronization

/// Why librdkafka can't use its brokers, as it logged it last: it tries again for ever, and a call that waited in vain says
/// only that time ran out.
final class KafkaTrouble: Sendable {
    /// What is older may be over. A broker that can't be used is tried every second.
    private static let fresh: Duration = .seconds(15)

    private let last = Mutex<(reason: String, instant: ContinuousClock.Instant)?>(nil)
    private let servers: String

    init(_ servers: String) {
        self.servers = servers
    }

    func note(_ line: KafkaLogLine) {
        guard let reason = line.connectionFailure else { return }
        last.withLock { $0 = (reason, .now) }
    }

    /// The error, with its reason and what to do about it.
    func explain(_ error: EventLogError) -> EventLogError {
        guard error.kind == .unavailable else { return error }
        let reason = last.withLock { last in last.flatMap { .now - $0.instant < Self.fresh ? $0.reason : nil } }
        var message = error.message + (reason.map { "; \($0)" } ?? "")
        if let reason, reason.contains("SCRAM"), !KafkaLibrary.canAuthenticateByScram {
            message += "; \(Self.scramAdvice)"
        } else if reason.map({ !$0.contains("SASL") && !$0.contains("SSL") }) ?? true {
            message += "; is Kafka running at \(servers)?"
        }
        return EventLogError(error.kind, message)
    }

    static let scramAdvice = """
        librdkafka \(KafkaLibrary.version) can't authenticate by SCRAM with Kafka 4.0 or later: use sasl.mechanism=PLAIN over \
        TLS, or librdkafka 2.6.1 or later
        """
}

extension KafkaLogLine {
    /// Why librdkafka could not use a broker, where the line says so.
    package var connectionFailure: String? {
        guard facility == "FAIL" else { return nil }
        // Between the name of the thread, «[thrd:broker/1]: », and how often it happened: « (after 3ms in state …».
        let said = message.firstRange(of: "]: ").map { message[$0.upperBound...] } ?? message[...]
        return String(said.firstRange(of: " (after ").map { said[..<$0.lowerBound] } ?? said)
    }
}
