import Foundation
import HTTPAPI
import Telemetry
import TestDatabase
import Testing
import Timestamps

@testable import AccessKeys

@Suite struct LiveKeysTests {
    private static func with(_ body: (KeysFile, LiveKeys) async throws -> Void) async throws {
        try await withKeysFolder { folder in
            let file = KeysFile(path: folder + "/keys")
            try file.change { _ in }
            let keys = try LiveKeys(file)
            keys.start(.silent)
            do {
                try await body(file, keys)
            } catch {
                keys.stop()
                throw error
            }
            keys.stop()
        }
    }

    @Test func aKeyIsFoundByItsTextAlone() async throws {
        try await withKeysFolder { folder in
            let file = KeysFile(path: folder + "/keys")
            let texts = (0..<3).map { _ in KeyText.make() }
            try file.change { keys in
                keys = [
                    testKey("a", texts[0], [.read]),
                    testKey("b", texts[1], [.place, .operate], expires: .now().advanced(bySeconds: 3_600)),
                    testKey("c", texts[2], expires: .now().advanced(bySeconds: -1)),
                ]
            }
            let keys = try LiveKeys(file)
            #expect(keys.find(texts[0]) == .valid(Caller(name: "a"), [.read]))
            #expect(keys.find(texts[1]) == .valid(Caller(name: "b"), [.place, .operate]))
            #expect(keys.find(texts[2]) == .expired)
            let longer = texts[0] + "A"
            for other in ["", "a", "ol_", KeyText.make(), String(texts[0].dropLast()), longer, texts[0].lowercased()] {
                #expect(keys.find(other) == .unknown)
            }
        }
    }

    @Test func changesCountWithoutARestart() async throws {
        try await Self.with { file, keys in
            let text = KeyText.make()
            try file.change { $0.append(testKey("a", text)) }
            try await waitUntil("the key is good") { keys.find(text) == .valid(Caller(name: "a"), [.place]) }
            try file.change { $0 = [] }
            try await waitUntil("the key is good for nothing") { keys.find(text) == .unknown }
        }
    }

    @Test func aFileThatIsBrokenOrGoneLeavesTheKeysAndIsComplainedOf() async throws {
        try await Self.with { file, keys in
            let text = KeyText.make()
            try file.change { $0.append(testKey("a", text)) }
            try await waitUntil("the key is good") { keys.find(text) != .unknown }
            let good = try Data(contentsOf: URL(filePath: file.path))
            try Data("no key\n".utf8).write(to: URL(filePath: file.path))
            try await waitUntil("a complaint") { keys.complaint?.text.contains("on line 1") == true }
            #expect(keys.find(text) != .unknown)
            try FileManager.default.removeItem(atPath: file.path)
            try await waitUntil("another complaint") { keys.complaint?.text.contains("No such file") == true }
            #expect(keys.find(text) != .unknown)
            // Moved into place, as a platform that hands secrets over does.
            try good.write(to: URL(filePath: file.path + ".other"))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path + ".other")
            try FileManager.default.moveItem(atPath: file.path + ".other", toPath: file.path)
            try await waitUntil("all is well") { keys.complaint == nil }
            #expect(keys.find(text) != .unknown)
        }
    }
}
