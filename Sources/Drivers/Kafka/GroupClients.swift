import CRdKafka
import Synchronization

/// Clients that have a group's name and never join it, to ask what it has committed. Each is kept for those who ask again: a client
/// is several threads and connections, and takes a tenth of a second to be of use.
final class GroupClients: Sendable {
    private struct Kept {
        let client: KafkaHandle
        var users: Int
        var lastUse: ContinuousClock.Instant
    }

    /// More groups than the shop has.
    private static let most = 4
    private let kept = Mutex<[String: Kept]>([:])

    /// Runs `body` with the client of a group, which `make` makes where there is none. Blocks its thread. A client that failed is kept
    /// no longer.
    func run<Value>(
        _ group: String, make: () throws(KafkaError) -> KafkaHandle, _ body: (KafkaHandle) throws(KafkaError) -> Value
    ) throws(KafkaError) -> Value {
        let client = try take(group, make)
        do throws(KafkaError) {
            let value = try body(client)
            giveBack(client, of: group, isGood: true)
            return value
        } catch {
            giveBack(client, of: group, isGood: false)
            throw error
        }
    }

    private func take(_ group: String, _ make: () throws(KafkaError) -> KafkaHandle) throws(KafkaError) -> KafkaHandle {
        let known = kept.withLock { kept in
            kept[group]?.users += 1
            return kept[group]?.client
        }
        if let known { return known }
        return try make()
    }

    private func giveBack(_ client: KafkaHandle, of group: String, isGood: Bool) {
        let spent: [KafkaHandle] = kept.withLock { kept in
            if let known = kept[group], known.client === client {
                kept[group]?.users -= 1
                kept[group]?.lastUse = .now
                // One that others use is given up by the last of them that fails.
                guard !isGood, known.users == 1 else { return [] }
                kept[group] = nil
                return [client]
            }
            // It was made for this use. Somebody else may have made one meanwhile.
            guard isGood, kept[group] == nil else { return [client] }
            kept[group] = Kept(client: client, users: 0, lastUse: .now)
            guard kept.count > Self.most,
                let oldest = kept.filter({ $0.value.users == 0 }).min(by: { $0.value.lastUse < $1.value.lastUse }),
                let removed = kept.removeValue(forKey: oldest.key)
            else { return [] }
            return [removed.client]
        }
        for client in spent { Self.destroy(client) }
    }

    /// Ends all of them. Nobody may be using one, or come for one.
    func destroy() {
        let clients = kept.withLock { kept in
            defer { kept = [:] }
            return kept.values.map(\.client)
        }
        for client in clients { Self.destroy(client) }
    }

    private static func destroy(_ client: KafkaHandle) {
        client.destroy(flags: RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
    }
}
