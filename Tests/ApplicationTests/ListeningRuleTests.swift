import AccessKeys
import Databases
import Foundation
import HTTPServer
import ServiceLife
import Telemetry
import Testing

@testable import Application

/// Nobody is open to a network without having said so.
@Suite struct ListeningRuleTests {
    private static func settings(_ host: String, keys: KeysFile? = nil, isOpenOnPurpose: Bool = false) -> SystemSettings
    {
        var settings = SystemSettings(
            log: .embedded(folder: "/nothing"),
            notification: ServiceSettings(
                host: host, port: 0, inside: .socket(folder: "/nothing", name: "notification"),
                database: .sqlite(path: "/nothing/notification.db"), maximumWaiting: 1))
        settings.keys = keys
        settings.isOpenOnPurpose = isOpenOnPurpose
        return settings
    }

    @Test(arguments: [
        "0.0.0.0", "::", "0", "::ffff:0.0.0.0", "192.0.2.1", "::ffff:192.0.2.1", "fe80::1", "2001:db8::1",
    ])
    func elsewhereItRefusesToStart(_ host: String) async throws {
        let error = await #expect(throws: Failure.self) {
            try await RunningSystem.start(Self.settings(host), logger: .silent)
        }
        let text = try #require(error?.message)
        #expect(
            text.contains("on \(host),") && text.contains("orderlog keys create") && text.contains("--insecure-open"))
        try ListeningRule.check(Self.settings(host, isOpenOnPurpose: true), .silent)
        try ListeningRule.check(Self.settings(host, keys: KeysFile(path: "keys")), .silent)
    }

    @Test(arguments: ["127.0.0.1", "localhost", "::1", "127.1", "127.0.0.2", "::ffff:127.0.0.1"])
    func theLoopbackIsOpen(_ host: String) throws {
        try ListeningRule.check(Self.settings(host), .silent)
    }

    /// An inside door takes tokens instead of keys: without any it is open to nobody else either.
    @Test(arguments: [("0.0.0.0", true), ("192.0.2.1", true), ("127.0.0.1", false), ("localhost", false)])
    func theInsideDoorHasTheSameRule(_ host: String, _ isElsewhere: Bool) throws {
        var settings = Self.settings("127.0.0.1", keys: KeysFile(path: "keys"))
        settings.notification?.inside = .port(host: host, port: 0, isChosen: true)
        if isElsewhere {
            let error = #expect(throws: Failure.self) { try ListeningRule.check(settings, .silent) }
            let text = try #require(error?.message)
            #expect(text.contains("on \(host),") && text.contains("--inside-token") && text.contains("--insecure-open"))
        } else {
            try ListeningRule.check(settings, .silent)
        }
        settings.notification?.insideTokens = InsideTokens([String(repeating: "t", count: 40)], from: "FILE")
        try ListeningRule.check(settings, .silent)
        settings.notification?.insideTokens = nil
        settings.isOpenOnPurpose = true
        try ListeningRule.check(settings, .silent)
    }

    @Test func aNameWithoutAnAddressIsSaidToBeOne() {
        #expect(throws: HTTPServerError.addressNotAvailable(host: "no such host")) {
            try ListeningRule.check(Self.settings("no such host"), .silent)
        }
    }

    @Test func aKeysFileThatIsNotThereIsAnErrorAtTheStart() async throws {
        try await withFolder { folder in
            let error = await #expect(throws: KeysFile.Fault.self) {
                try await withSystem(folder, keys: KeysFile(path: folder + "/keys"))
            }
            #expect(error?.description.contains("orderlog keys create") == true)
        }
    }
}
