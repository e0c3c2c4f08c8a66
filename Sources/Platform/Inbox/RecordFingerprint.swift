import Crypto
package import EventLog
import Headers

/// What a record is known by when it is looked for again: SHA-256 of its key, its headers and its value. The headers
/// that dead letters get do not count, so a record that was redriven is the same.
package enum RecordFingerprint {
    /// 32 bytes.
    package static func of(_ record: StoredRecord) -> [UInt8] {
        let headers = RecordHeaders(record.headers.filter { !$0.name.hasPrefix(DeadLetter.prefix) }).bytes
        return SHA256.hash(framed(record.key) + framed(headers) + framed(record.value))
    }

    /// Behind its length, so that no two records have the same pieces in another division; null is not empty.
    private static func framed(_ bytes: [UInt8]?) -> [[UInt8]] {
        let length = Int64(bytes?.count ?? -1)
        return [withUnsafeBytes(of: length.littleEndian) { Array($0) }, bytes ?? []]
    }

    package static func hexadecimal(_ fingerprint: [UInt8]) -> String {
        fingerprint.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
