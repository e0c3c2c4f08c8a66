import Foundation
import Telemetry
import TestDatabase
import Testing

@testable import ServiceLife

/// The file of inside tokens: what it may hold, who may read it, and that it is read again.
@Suite struct TokenFileTests {
    private static let one = String(repeating: "a", count: 32)
    private static let two = String(repeating: "b", count: 64)

    private static func withFile(_ text: String, mode: Int = 0o600, _ body: (String) async throws -> Void) async throws
    {
        let path = FileManager.default.temporaryDirectory.appending(path: "tokens-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try write(text, to: path, mode: mode)
        try await body(path)
    }

    private static func write(_ text: String, to path: String, mode: Int = 0o600) throws {
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private static func fault(_ text: String, mode: Int = 0o600) async throws -> String {
        var fault = ""
        try await withFile(text, mode: mode) { path in
            let thrown = #expect(throws: TokenFile.Fault.self) { try TokenFile(path: path).read() }
            fault = thrown?.description ?? ""
            #expect(fault.contains(path))
        }
        return fault
    }

    @Test func aTokenALine() async throws {
        try await Self.withFile("# rotated in May\n\(Self.one) \r\n\n\t\(Self.two)") { path in
            let tokens = try TokenFile(path: path).read()
            #expect(tokens == [Self.one, Self.two])
        }
    }

    @Test func whatIsNoTokenIsRefusedAndNotQuoted() async throws {
        #expect(try await Self.fault("\n# nothing\n").contains("has no token"))
        let short = String(repeating: "s", count: 31)
        for text in [
            short, "\(Self.one)\n\(short)", String(repeating: "x", count: 513), "\(Self.one)\u{e9}", "a b \(Self.one)",
        ] {
            let fault = try await Self.fault(text)
            #expect(fault.contains("on line \(text.split(separator: "\n").count)"), "\(fault)")
            #expect(!fault.contains(Self.one) && !fault.contains(short))
        }
        #expect(try await Self.fault(String(repeating: Self.one + "\n", count: 17)).contains("more than 16"))
        #expect(try await Self.fault(String(repeating: "#\n", count: 9_000)).contains("larger than 16 KiB"))
        #expect(throws: TokenFile.Fault.self) { try TokenFile(path: "/nowhere/tokens").read() }
        #expect(throws: TokenFile.Fault.self) { try TokenFile(path: "/dev/zero").read() }
    }

    @Test func aFileOfOursIsForNobodyElse() async throws {
        for mode in [0o644, 0o604, 0o444] {
            #expect(try await Self.fault(Self.one, mode: mode).contains("chmod 600"))
        }
        for mode in [0o620, 0o666] { #expect(try await Self.fault(Self.one, mode: mode).contains("chmod go-w")) }
        for mode in [0o600, 0o400, 0o440, 0o640] {
            try await Self.withFile(Self.one, mode: mode) { path in
                let tokens = try TokenFile(path: path).read()
                #expect(tokens == [Self.one])
            }
        }
    }

    /// In place or by another file of its name; what can't be used changes nothing.
    @Test func itIsReadAgain() async throws {
        try await Self.withFile(Self.one) { path in
            let follower = try TokenFollower(path: path)
            #expect(follower.tokens.first == Self.one)
            follower.start(.silent)
            try Self.write("\(Self.two)\n\(Self.one)\n", to: path)
            try await waitUntil("it was read again") { follower.tokens.first == Self.two }
            #expect(follower.tokens.take(Self.one) && follower.tokens.take(Self.two))
            try Self.write("short", to: path)
            try await waitUntil("it was read again") { follower.complaint != nil }
            #expect(follower.complaint?.contains("read before") == true)
            try FileManager.default.removeItem(atPath: path)
            try await waitUntil("it was read again") { follower.complaint?.contains("can't be read") == true }
            #expect(follower.tokens.take(Self.one) && follower.tokens.take(Self.two))
            try Self.write(Self.two, to: path)
            try await waitUntil("it was read again") { follower.complaint == nil }
            #expect(!follower.tokens.take(Self.one) && follower.tokens.take(Self.two))
            follower.stop()
        }
    }

}
