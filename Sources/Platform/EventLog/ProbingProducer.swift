import Kafka
import Synchronization

/// Sends what a broker may well refuse, beside the producer that sends everything else; there is none until it is needed.
///
/// After a refusal an idempotent producer asks for another id, which takes librdkafka half a second, in which it sends
/// nothing. This one is not idempotent; so it does not send again by itself either, for that could repeat a record.
final class ProbingProducer: Sendable {
    private struct State {
        var producer: KafkaProducer?
        var isClosed = false
    }

    private let configuration: KafkaConfiguration
    private let log: KafkaLogger
    private let state = Mutex(State())

    init(_ configuration: KafkaConfiguration, log: @escaping KafkaLogger) {
        var configuration = configuration
        configuration.properties["enable.idempotence"] = "false"
        configuration.properties["message.send.max.retries"] = "0"
        configuration.properties["retries"] = nil
        self.configuration = configuration
        self.log = log
    }

    @Sendable func produce(_ records: [KafkaRecord]) async -> [KafkaAppend.Outcome] {
        do throws(KafkaError) {
            return try await producer().produce(records)
        } catch {
            return records.map { _ in .failure(error) }
        }
    }

    private func producer() throws(KafkaError) -> KafkaProducer {
        try state.withLock { state throws(KafkaError) in
            if let producer = state.producer { return producer }
            if state.isClosed { throw KafkaError.clientClosed }
            let producer = try KafkaProducer(configuration, log: log)
            state.producer = producer
            return producer
        }
    }

    func close() async {
        let producer = state.withLock { state in
            state.isClosed = true
            return state.producer
        }
        await producer?.close(within: .seconds(1))
    }
}
