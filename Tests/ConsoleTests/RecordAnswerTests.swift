import EventLog
import Foundation
import Headers
import JSON
import Testing

@testable import Console

/// How one record is told.
@Suite struct RecordAnswerTests {
    private static func told(_ value: [UInt8]?, key: [UInt8]? = nil, isWhole: Bool = false) throws -> [String: Any] {
        let record = StoredRecord(
            position: LogPosition(topic: "orders", partition: 3, offset: 17), key: key,
            headers: [RecordHeader("a", "<script>"), RecordHeader("none", nil)], value: value, timestamp: 0)
        var json = JSONWriter()
        RecordAnswer(record: record, isWhole: isWhole).write(to: &json)
        return try #require(try JSONSerialization.jsonObject(with: Data(json.finish())) as? [String: Any])
    }

    /// Of megabytes the beginning, and all of it for who asks for that.
    @Test func aLongValueIsToldInPart() throws {
        let long = [UInt8](repeating: 0x61, count: 4 << 20)
        let part = try Self.told(long)
        #expect((part["value"] as? String)?.count == RecordAnswer.mostShown)
        #expect(part["shown"] as? Int == RecordAnswer.mostShown && part["bytes"] as? Int == 4 << 20)
        let all = try Self.told(long, isWhole: true)
        #expect((all["value"] as? String)?.count == 4 << 20 && all["shown"] as? Int == 4 << 20)
    }

    /// It is cut between two characters: what is text stays text.
    @Test(arguments: 0..<4) func noCharacterIsCutInTwo(before: Int) throws {
        let text = String(repeating: "a", count: before) + String(repeating: "\u{1F600}", count: 20_000)
        let told = try Self.told(Array(text.utf8))
        let value = try #require(told["value"] as? String)
        #expect(text.hasPrefix(value) && value.utf8.count == told["shown"] as? Int)
        #expect(value.utf8.count > RecordAnswer.mostShown - 4)
    }

    /// What is no text is told byte for byte.
    @Test func bytesAreNotMistakenForText() throws {
        let bytes: [UInt8] = [0xFF, 0x00, 0xC3]
        let told = try Self.told(bytes, key: bytes)
        #expect(told["value"] is NSNull && told["value_base64"] as? String == "/wDD")
        #expect(try Self.told(nil)["value"] is NSNull && Self.told(nil)["value_base64"] == nil)
        // A long one, too.
        let long = try Self.told([UInt8](repeating: 0x80, count: 100_000))
        #expect(long["value"] is NSNull && long["shown"] as? Int == RecordAnswer.mostShown)
    }
}
