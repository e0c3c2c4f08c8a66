import EventLog
import Events
import Foundation
import Headers
import Testing

/// `kafka/golden/` pins the bytes of each event as they go over the log. A change there is a change for every consumer:
/// `make events` writes the files anew.
@Suite struct GoldenTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../kafka").standardizedFileURL

    @Test func everyEventIsAsItsGoldenFileHasIt() throws {
        var events = try Samples.orderEvents().map { (Topics.orders, $0.cloudEvent) }
        events += try Samples.inventoryEvents().map { (Topics.inventory, $0.cloudEvent) }
        for (topic, event) in events {
            let name = event.type.replacing("orderlog.", with: "") + ".event"
            let file = Self.folder.appending(path: "golden/\(name)")
            let bytes = Data(Self.text(event.record(topic: topic)))
            if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil { try bytes.write(to: file) }
            let golden = try Data(contentsOf: file)
            #expect(golden == bytes, "\(name) differs: \(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test func theDeclaredTopicsAreInTopicsJSON() throws {
        let file = try String(contentsOf: Self.folder.appending(path: "topics.json"), encoding: .utf8)
        #expect(file == Topics.document() + "\n")
    }

    /// Topic, key, timestamp and headers a line each, an empty line, the value.
    private static func text(_ record: LogRecord) -> [UInt8] {
        var head = "topic: \(record.topic)\n"
        head += "key: \(String(decoding: record.key ?? [], as: UTF8.self))\n"
        head += "timestamp: \(record.timestamp ?? -1)\n"
        for header in record.headers {
            head += "\(header.name): \(String(decoding: header.value ?? [], as: UTF8.self))\n"
        }
        return Array(head.utf8) + Array("\n".utf8) + (record.value ?? [])
    }
}
