import Crypto
import EventLog
import Headers
import Inbox
import Testing

@Suite struct RecordFingerprintTests {
    private func record(_ headers: RecordHeaders) -> StoredRecord {
        StoredRecord(
            position: LogPosition(topic: "orders", partition: 0, offset: 7), key: [1, 2], headers: headers, value: nil,
            timestamp: 0)
    }

    /// It stands in databases of earlier versions: the same record has the same one for ever.
    @Test func itIsTheHashOfTheFramedPieces() {
        let headers: RecordHeaders = [RecordHeader("ce_id", "a"), RecordHeader("größe", nil)]
        var pieces: [UInt8] = [2, 0, 0, 0, 0, 0, 0, 0, 1, 2, UInt8(headers.bytes.count), 0, 0, 0, 0, 0, 0, 0]
        pieces += headers.bytes + [UInt8](repeating: 0xff, count: 8)
        #expect(RecordFingerprint.of(record(headers)) == SHA256.hash(pieces))
    }

    @Test func whatADeadLetterGotDoesNotCount() {
        let (first, last) = (RecordHeader("ce_id", "a"), RecordHeader("data", "b"))
        let plain = RecordFingerprint.of(record([first, last]))
        #expect(RecordFingerprint.of(record([first, RecordHeader("dlq.reason", "x"), last])) == plain)
        #expect(RecordFingerprint.of(record([first, RecordHeader("dlq", "x"), last])) != plain)
    }
}
