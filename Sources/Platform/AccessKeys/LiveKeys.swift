import Crypto
import FollowedFiles
package import HTTPAPI
import Synchronization
package import Telemetry
import Timestamps

/// The keys of a file, as it is now: what is created or revoked counts within seconds. A file that has gone or can't be used
/// leaves the keys as they were, and is complained of.
package final class LiveKeys: KeyRing {
    private let keys: ByHash
    private let file: FollowedFile<[AccessKey]>

    private final class ByHash: Sendable {
        private let keys: Mutex<[[UInt8]: AccessKey]>

        init(_ keys: [AccessKey]) { self.keys = Mutex(Self.byHash(keys)) }

        subscript(hash: [UInt8]) -> AccessKey? { keys.withLock { $0[hash] } }

        func replace(by keys: [AccessKey]) {
            let new = Self.byHash(keys)
            self.keys.withLock { $0 = new }
        }

        private static func byHash(_ keys: [AccessKey]) -> [[UInt8]: AccessKey] {
            Dictionary(uniqueKeysWithValues: keys.map { ($0.hash, $0) })
        }
    }

    /// - Throws: `KeysFile.Fault`
    package init(_ source: KeysFile) throws {
        let read = try source.read()
        let keys = ByHash(read)
        self.keys = keys
        file = FollowedFile("the keys", content: read, read: { try source.read() }) {
            keys.replace(by: $0)
            return nil
        }
    }

    package func find(_ key: String) -> KnownKey {
        guard key.utf8.count == KeyText.length else { return .unknown }
        let hash = KeyText.hash(key)
        guard let found = keys[hash], SecretBytes.areEqual(found.hash, hash) else { return .unknown }
        if found.isExpired(at: .now()) { return .expired }
        return .valid(Caller(name: found.name), found.scopes)
    }

    package func start(_ logger: Logger) { file.start(logger) }
    package func stop() { file.stop() }

    /// Why the file can't be used as it is now; nil: it can.
    package var complaint: Complaint? { file.complaint }
}
