import EventContract
import Events
import Foundation
import JSON
import Testing

/// `kafka/schemas` and `kafka/asyncapi.json` say what the code keeps to: they are made from it. `make events` writes them
/// anew; `.ci/check-schemas` refuses a change that would break a reader.
@Suite struct DocumentTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../kafka").standardizedFileURL

    private func expect(_ document: [UInt8], in path: String) throws {
        let file = Self.folder.appending(path: path)
        let text = Data(JSON.indented(document))
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil { try text.write(to: file) }
        #expect(try Data(contentsOf: file) == text, "\(path) is not what the code says: make events")
        _ = try JSONSerialization.jsonObject(with: text)
    }

    @Test func everySchemaIsInItsFile() throws {
        for schema in EventSchema.all { try expect(schema.document(), in: "schemas/\(schema.name).schema.json") }
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.appending(path: "schemas").path)
        #expect(Set(files) == Set(EventSchema.all.map { "\($0.name).schema.json" }))
    }

    @Test func everyTypeHasASchema() {
        for topic in [Topics.orders, Topics.inventory] {
            #expect(EventSchema.all.filter { $0.topic == topic }.map(\.type) == Topics.events(on: topic))
        }
    }

    @Test func theTopicsAreInAsyncAPI() throws {
        try expect(AsyncAPI.document(), in: "asyncapi.json")
    }
}
