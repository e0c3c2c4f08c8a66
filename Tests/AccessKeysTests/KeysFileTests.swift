import Foundation
import HTTPAPI
import Testing
import Timestamps

@testable import AccessKeys

/// A folder for one test; gone after it.
func withKeysFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
}

func testKey(_ name: String, _ text: String, _ scopes: Set<Scope> = [.place], expires: Timestamp? = nil) -> AccessKey {
    AccessKey(name: name, scopes: scopes, created: Timestamp(milliseconds: 0), expires: expires, text: text)
}

@Suite struct KeysFileTests {
    private static func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private static func fault(_ file: KeysFile) -> String {
        do {
            _ = try file.read()
            return "none"
        } catch {
            return "\(error)"
        }
    }

    @Test func whatIsWrittenIsRead() async throws {
        try await withKeysFolder { folder in
            let file = KeysFile(path: folder + "/keys")
            let texts = [KeyText.make(), KeyText.make()]
            let keys = [
                testKey("site", texts[0]),
                testKey(
                    "ware.house_2-b", texts[1], [.read, .operate], expires: Timestamp(milliseconds: 1_800_000_000_000)),
            ]
            try file.change { $0 = keys }
            #expect(try file.read() == keys)
            #expect(try Self.mode(file.path) == 0o600)
            let content = try String(contentsOfFile: file.path, encoding: .utf8)
            #expect(
                content.contains("\nware.house_2-b operate,read 1970-01-01T00:00:00.000Z 2027-01-15T08:00:00.000Z "))
            for text in texts { #expect(!content.contains(text.dropFirst(3))) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["keys", "keys.lock"])
        }
    }

    @Test func aKeyIs256RandomBitsInBase64URL() throws {
        let texts = (0..<100).map { _ in KeyText.make() }
        #expect(Set(texts).count == 100)
        for text in texts {
            #expect(text.hasPrefix("ol_") && text.utf8.count == KeyText.length)
            let base64 = text.dropFirst(3).replacing("-", with: "+").replacing("_", with: "/") + "="
            #expect(Data(base64Encoded: String(base64))?.count == 32)
        }
    }

    @Test(arguments: [0o644, 0o640, 0o660, 0o602])
    func aFileThatOthersReadIsRefusedWithWhatToType(_ mode: Int) async throws {
        try await withKeysFolder { folder in
            let file = KeysFile(path: folder + "/keys")
            try file.change { $0 = [testKey("site", KeyText.make())] }
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
            #expect(Self.fault(file).hasSuffix("by others: chmod 600 \(file.path)"))
        }
    }

    @Test func aMissingFileSaysHowItIsMade() async throws {
        try await withKeysFolder { folder in
            let file = KeysFile(path: folder + "/keys")
            #expect(Self.fault(file).contains("orderlog keys create --file \(file.path)"))
            #expect(Self.fault(KeysFile(path: folder)).hasSuffix("is no file"))
        }
    }

    @Test(arguments: [
        "site place 1970-01-01T00:00:00.000Z never", "site place 1970-01-01T00:00:00.000Z never 00",
        "site all 1970-01-01T00:00:00.000Z never HASH", "site place yesterday never HASH",
        "site place, 1970-01-01T00:00:00.000Z never HASH", "si/te place 1970-01-01T00:00:00.000Z never HASH",
        "site place,place 1970-01-01T00:00:00.000Z never HASH", "site place 1970-01-01T00:00:00.000Z soon HASH",
    ])
    func aLineThatIsNoKeyIsNamedAndNotShown(_ line: String) async throws {
        try await withKeysFolder { folder in
            let file = KeysFile(path: folder + "/keys")
            let line = line.replacing("HASH", with: String(repeating: "0a", count: 32))
            let bytes = Array("# ours\n\n\(line)\n".utf8)
            let error = #expect(throws: KeysFile.Fault.self) { try file.keys(in: bytes) }
            #expect(error?.description.hasSuffix("on line 3") == true && error?.description.contains("site") == false)
        }
    }

    @Test func noNameAndNoKeyIsThereTwice() throws {
        let file = KeysFile(path: "keys")
        let key = testKey("a", KeyText.make())
        for other in [testKey("a", KeyText.make()).line, "b" + key.line.dropFirst()] {
            #expect(throws: KeysFile.Fault.self) { try file.keys(in: Array("\(key.line)\n\(other)\n".utf8)) }
        }
    }

    @Test func aFileIsBounded() async throws {
        try await withKeysFolder { folder in
            let file = KeysFile(path: folder + "/keys")
            let many = (0...KeysFile.mostKeys).map { testKey("k\($0)", KeyText.make()) }
            #expect(throws: KeysFile.Fault.self) { try file.change { $0 = many } }
            try file.change { $0 = Array(many.dropLast()) }
            #expect(try file.read().count == KeysFile.mostKeys)
            let large = String(repeating: "#\n", count: KeysFile.limit)
            try large.write(toFile: file.path, atomically: false, encoding: .utf8)
            #expect(Self.fault(file).hasSuffix("is larger than 256 KiB"))
        }
    }

    /// Each reads, waits and writes: without the lock most of them would be lost.
    @Test func changesAtOneTimeLoseNone() async throws {
        try await withKeysFolder { folder in
            let path = folder + "/keys"
            // On threads that may wait for the lock: Swift's own are few, and other tests need them.
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    DispatchQueue.concurrentPerform(iterations: 20) { number in
                        try? KeysFile(path: path).change { $0.append(testKey("k\(number)", KeyText.make())) }
                    }
                    continuation.resume()
                }
            }
            let names = try KeysFile(path: path).read().map(\.name)
            #expect(Set(names) == Set((0..<20).map { "k\($0)" }))
        }
    }

    @Test func aLinkStaysOneAndItsTargetChanges() async throws {
        try await withKeysFolder { folder in
            try KeysFile(path: folder + "/real").change { $0 = [testKey("a", KeyText.make())] }
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/keys", withDestinationPath: folder + "/real")
            try KeysFile(path: folder + "/keys").change { $0.append(testKey("b", KeyText.make())) }
            #expect(try KeysFile(path: folder + "/real").read().map(\.name) == ["a", "b"])
        }
    }

    @Test func whatStandsAgainstAChangeLeavesTheFile() async throws {
        struct No: Error {}
        try await withKeysFolder { folder in
            let file = KeysFile(path: folder + "/keys")
            try file.change { $0 = [testKey("a", KeyText.make())] }
            #expect(throws: No.self) {
                try file.change {
                    $0 = []
                    throw No()
                }
            }
            #expect(try file.read().count == 1)
        }
    }
}
