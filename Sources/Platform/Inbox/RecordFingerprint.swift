import Crypto
package import EventLog
import Headers

/// What a record is known by when it is looked for again: SHA-256 of its key, its headers and its value. The headers
/// that dead letters get do not count, so a record that was redriven is the same.
package enum RecordFingerprint {
    /// 32 bytes.
    package static func of(_ record: StoredRecord) -> [UInt8] {
        let headers = mayHaveOwnHeaders(record) ? withoutOwnHeaders(record) : record.headers.bytes
        return SHA256.hash { hash in
            add(record.key, to: &hash)
            add(headers, to: &hash)
            add(record.value, to: &hash)
        }
    }

    /// Behind its length, so that no two records have the same pieces in another division; null is not empty.
    private static func add(_ bytes: [UInt8]?, to hash: inout SHA256.Pieces) {
        hash.add(Int64(bytes?.count ?? -1))
        bytes?.withUnsafeBytes { hash.add($0) }
    }

    /// Of nearly all records the headers count as they stand: none is a dead letter's, nor has a name to be looked at more closely.
    private static func mayHaveOwnHeaders(_ record: StoredRecord) -> Bool {
        var may = false
        record.headers.forEachBytes { name, _ in
            if name.first == DeadLetter.prefix.utf8.first || name.contains(where: { $0 >= 0x80 }) { may = true }
        }
        return may
    }

    private static func withoutOwnHeaders(_ record: StoredRecord) -> [UInt8] {
        RecordHeaders(record.headers.filter { !$0.name.hasPrefix(DeadLetter.prefix) }).bytes
    }

    package static func hexadecimal(_ fingerprint: [UInt8]) -> String {
        fingerprint.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
