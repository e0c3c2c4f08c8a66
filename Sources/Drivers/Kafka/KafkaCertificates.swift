import CRdKafka
import Synchronization

/// What clients trust and show in TLS: librdkafka's properties `ssl.…` and the files that they name, which may change while the clients
/// live. librdkafka reads them when a client is made, so each is made anew, by its own thread, when nothing is lost by it.
package final class KafkaCertificates: Sendable {
    private struct State {
        var properties: [String: String]
        /// How often they have changed.
        var version = 0
        /// Every client that lives, by what makes it anew.
        var clients: [ObjectIdentifier: @Sendable () -> Void] = [:]
    }
    private let state: Mutex<State>
    private let isTLS: Bool

    package static func isOne(_ property: String) -> Bool { property.hasPrefix("ssl.") }

    /// Those of a client's properties, by librdkafka's names.
    package init(of properties: [String: String]) {
        isTLS = properties["security.protocol"]?.lowercased().hasSuffix("ssl") ?? false
        state = Mutex(State(properties: properties.filter { Self.isOne($0.key) }))
    }

    /// From now on those of `properties`; the files that they name may have changed, or their names. Returns at once: the clients are
    /// made anew meanwhile. Throws what is wrong where no client could be made of them; then all stays as it was. Reads files.
    package func change(to properties: [String: String]) throws(KafkaError) {
        let new = properties.filter { Self.isOne($0.key) }
        try check(new)
        let clients = state.withLock { state in
            state.properties = new
            state.version += 1
            return Array(state.clients.values)
        }
        for renew in clients { renew() }
    }

    /// Makes a client that knows no broker.
    private func check(_ properties: [String: String]) throws(KafkaError) {
        guard isTLS else { return }
        let native = NativeConfiguration()
        try native.set("security.protocol", "ssl")
        for (name, value) in properties.sorted(by: { $0.key < $1.key }) { try native.set(name, value) }
        try native.makeHandle(RD_KAFKA_PRODUCER, credentials: nil, log: { _ in }).destroy()
    }

    /// As properties of a client to be made.
    var properties: [String: String] { state.withLock { $0.properties } }

    /// To be asked before the properties are.
    var version: Int { state.withLock { $0.version } }

    /// `client` was made of properties of this version, or later ones. `renew` may be called on any thread, once more after `remove`, too.
    func add(_ client: AnyObject, madeOf version: Int, renew: @escaping @Sendable () -> Void) {
        let isOld = state.withLock { state in
            state.clients[ObjectIdentifier(client)] = renew
            return state.version != version
        }
        if isOld { renew() }
    }

    func remove(_ client: AnyObject) {
        state.withLock { _ = $0.clients.removeValue(forKey: ObjectIdentifier(client)) }
    }
}

extension KafkaCertificates: Hashable {
    package static func == (one: KafkaCertificates, other: KafkaCertificates) -> Bool { one === other }
    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
