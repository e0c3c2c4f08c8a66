import EventLog
import Foundation
import Headers
import JSON
import Testing
import Timestamps

@testable import LogTools

@Suite struct RecordJSONTests {
    private func record(
        key: [UInt8]? = Array("k".utf8), headers: RecordHeaders = [], value: [UInt8]?
    ) -> StoredRecord {
        StoredRecord(
            position: LogPosition(topic: "orders", partition: 3, offset: 17), key: key, headers: headers, value: value,
            timestamp: 1_767_225_600_123)
    }

    private func read(_ line: [UInt8], _ reading: RecordJSON.Reading = .whole) throws -> StoredRecord {
        try line.withUnsafeBytes { try RecordJSON.read($0, reading) }
    }

    /// A reader allows 64 levels, of which the line takes one.
    @Test(arguments: [63, 64, 65]) func whatIsNestedDeepComesBackToo(_ depth: Int) throws {
        let value = Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        for reading in [RecordJSON.Reading.whole, .checked] {
            #expect(try read(RecordJSON.line(record(value: value)), reading).value == value)
        }
    }

    @Test(
        arguments: [
            nil, "", "{}", #"{"a":[1,{"b":null}],"c":"\u0041"}"#, "{\"a\":\n1}", "{\"a\":1", " {}", "text", "\"text\"",
            "[1, 2]",
            #"{"a":1,"a":2}"#, "\u{0}\u{1B}[31m", "Ünïcode \u{2028}",
        ] as [String?])
    func valuesComeBackByteForByte(_ text: String?) throws {
        let record = record(value: text.map { Array($0.utf8) })
        let line = RecordJSON.line(record)
        #expect(!line.contains(UInt8(ascii: "\n")))
        #expect(try read(line) == record)
        #expect(try read(line, .checked) == record)
        let checked = try read(line, .checking)
        #expect(
            checked.position == record.position && checked.key == record.key && checked.timestamp == record.timestamp)
    }

    /// Checking finds what reading finds.
    @Test(arguments: [
        #"{"topic":"t","partition":0,"timestamp":1,"headers":[{"value":"v"}]}"#,
        #"{"topic":"t","partition":0,"timestamp":1,"headers":[{"name":1}]}"#,
        #"{"topic":"t","partition":0,"timestamp":1,"headers":[],"value":{"a":1,"a":2}}"#,
        #"{"topic":"t","partition":0,"timestamp":1,"headers":[],"value":{"a":[}}"#,
        #"{"topic":"t","partition":0,"timestamp":1,"headers":[],"value_base64":"?"}"#,
        #"{"topic":"t","partition":0,"timestamp":1,"headers":[],"value_text":1}"#,
        #"{"topic":"t","partition":-1,"timestamp":1,"headers":[]}"#, #"{"topic":"t"}"#, "",
    ]) func checkingFindsWhatReadingFinds(_ line: String) {
        for reading in [RecordJSON.Reading.whole, .checking] {
            #expect(throws: JSONReadError.self) { try read(Array(line.utf8), reading) }
        }
    }

    @Test func bytesThatAreNoTextComeBack() throws {
        let headers: RecordHeaders = [
            RecordHeader("a", "1"), RecordHeader("a", "1"), RecordHeader("null", nil), RecordHeader("", [UInt8]()),
            RecordHeader("bytes", [0xff, 0, 0xfe]),
        ]
        for key in [nil, [], [0xff, 0xfe], Array("order".utf8)] as [[UInt8]?] {
            let record = record(key: key, headers: headers, value: [0x80, 0x00, 0xff])
            #expect(try read(RecordJSON.line(record)) == record)
        }
    }

    @Test func aLineForPeopleMovesNoCursor() {
        let record = record(key: Array("a\u{1B}[2J\r\nb".utf8), value: Array("x".utf8))
        #expect(
            RecordText.line(record, inColour: false)
                == "2026-01-01T00:00:00.123Z  orders/3:17  -  a\u{FFFD}[2J\u{FFFD}\u{FFFD}b  1 bytes")
    }
}

/// What strangers wrote, on one line of a terminal.
@Suite struct RecordTextTests {
    private func line(key: String, type: String, error: String) -> String {
        RecordText.line(
            StoredRecord(
                position: LogPosition(topic: "orders", partition: 3, offset: 17), key: Array(key.utf8),
                headers: [RecordHeader("ce_type", type), RecordHeader("dlq.error", error)], value: [0],
                timestamp: 1_767_225_600_123), inColour: false)
    }

    @Test(arguments: [
        "\u{202e}", "\u{2066}", "\u{61c}", "\u{200b}", "\u{2028}", "\u{feff}", "\u{9b}", "\u{7}", "\u{e0001}",
    ])
    func nothingTurnsItsDirectionOrHides(_ text: String) {
        #expect(
            line(key: "a\(text)b", type: "t\(text)", error: "e\(text)e")
                == "2026-01-01T00:00:00.123Z  orders/3:17  t\u{FFFD}  a\u{FFFD}b  1 bytes: e\u{FFFD}e")
    }

    @Test func itIsNeverLong() {
        let long = "x" + String(repeating: "\u{301}", count: 1_000_000)
        let line = line(key: long, type: long, error: long)
        #expect(line.unicodeScalars.count < 2_000 && line.hasSuffix("…"))
    }
}

/// What a file must be to be taken for all of an export.
@Suite struct ExportReaderTests {
    private let line = #"{"topic":"orders","partition":1,"offset":0,"timestamp":1,"headers":[]}"# + "\n"
    private func end(_ count: Int) -> String { String(decoding: RecordJSON.end(count: count), as: UTF8.self) }

    /// How many records there are; throws for what is no export.
    private func count(_ text: String, mayBePart: Bool = false) async throws -> Int {
        let path = FileManager.default.temporaryDirectory.appending(path: "test-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.utf8).write(to: URL(filePath: path))
        return try await ExportFile.with(path, mayBePart: mayBePart) { file in
            let reader = try ExportReader(file)
            var count = 0
            while true {
                let page = try await reader.next()
                if page.isEmpty { return count }
                count += page.count
            }
        }
    }

    @Test(arguments: [0, 1, 499, 500, 501, 2_000]) func theEndCountsTheRecords(_ number: Int) async throws {
        let records = String(repeating: line, count: number)
        #expect(try await count(records + end(number)) == number)
        for wrong in [records, records + end(number + 1), line + records + end(number), records + end(number) + line] {
            await #expect(throws: ToolError.self) { try await count(wrong) }
        }
        #expect(try await count(records, mayBePart: true) == number)
        #expect(try await count(records + end(7) + line + end(1), mayBePart: true) == number + 1)
    }
}

@Suite struct PaceTests {
    @Test func noTimestampIsTooFarAway() {
        let pace = Pace(speed: Pace.speeds.lowerBound)
        #expect(!pace.mustWait(for: 0))
        #expect(pace.mustWait(for: .max))
        #expect(!pace.mustWait(for: -1))
    }
}

@Suite struct LogPlaceTests {
    private let now = Timestamp(milliseconds: 1_767_225_600_000)

    @Test func placesHaveFourForms() {
        #expect(LogPlace("earliest", now: now) == .earliest)
        #expect(LogPlace("latest", now: now) == .latest)
        #expect(LogPlace("3:17", now: now) == .offset(partition: 3, 17))
        #expect(LogPlace("orders/3:17", now: now) == .offset(topic: "orders", partition: 3, 17))
        #expect(LogPlace("-15m", now: now) == .time(now.advanced(bySeconds: -900)))
        #expect(LogPlace("-2d", now: now) == .time(now.advanced(bySeconds: -172_800)))
        #expect(LogPlace("2026-01-01T00:00:00Z", now: now) == .time(now))
    }

    @Test(arguments: ["", "-", "-m", "15m", "-15", "-15y", "--1m", "3:", ":3", "-1:3", "3:-1", "3:4:5", "yesterday"])
    func othersAreNone(_ text: String) {
        #expect(LogPlace(text, now: now) == nil)
    }
}
