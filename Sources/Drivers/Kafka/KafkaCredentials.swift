import CRdKafka
import Synchronization

/// The user and the password that clients show Kafka (SASL's PLAIN and SCRAM), which may change while the clients live.
///
/// A client shows the new ones the next time that it authenticates: connections that are open stay, and one that Kafka ends, or
/// refused, is made again with them.
package final class KafkaCredentials: Sendable {
    private struct State {
        var user: String
        var password: String
        /// Every client that lives, so that none is told after its end.
        var clients: [ObjectIdentifier: KafkaHandle] = [:]
    }
    private let state: Mutex<State>

    package static let userProperty = "sasl.username"
    package static let passwordProperty = "sasl.password"

    package init(user: String, password: String) {
        state = Mutex(State(user: user, password: password))
    }

    /// From now on.
    package func change(user: String, password: String) {
        state.withLock { state in
            (state.user, state.password) = (user, password)
            for client in state.clients.values { client.show(user, password) }
        }
    }

    /// As properties of a client to be made.
    var properties: [String: String] {
        state.withLock { [Self.userProperty: $0.user, Self.passwordProperty: $0.password] }
    }

    func add(_ client: KafkaHandle) {
        state.withLock { state in
            state.clients[ObjectIdentifier(client)] = client
            // They may have changed since its configuration was made.
            client.show(state.user, state.password)
        }
    }

    func remove(_ client: KafkaHandle) {
        state.withLock { _ = $0.clients.removeValue(forKey: ObjectIdentifier(client)) }
    }
}

extension KafkaCredentials: Hashable {
    package static func == (one: KafkaCredentials, other: KafkaCredentials) -> Bool { one === other }
    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension KafkaHandle {
    fileprivate func show(_ user: String, _ password: String) {
        guard let error = rd_kafka_sasl_set_credentials(pointer, user, password) else { return }
        log(
            KafkaLogLine(
                level: .warning, facility: "SASL", message: String(cString: rd_kafka_error_string(error))))
        rd_kafka_error_destroy(error)
    }
}
