import AccessKeys
import Foundation
import HTTPAPI
import HTTPClient
import TestDatabase
import Testing
import Timestamps

@testable import Application

/// Signing in to the console with a key.
extension ConsoleTests {
    @Test func whoseKeyIsRevokedSignsInWithAnother() async throws {
        try await withFolder { folder in
            let file = KeysFile(path: folder + "/keys")
            func use(_ text: String) throws {
                try file.change { keys in
                    keys = [AccessKey(name: "desk", scopes: [.read], created: .now(), expires: nil, text: text)]
                }
            }
            let (former, latter) = (KeyText.make(), KeyText.make())
            try use(former)
            try await withConsole(keys: file) { _, visitor in
                let signedIn = try await visitor.send("POST", "/api/session", #"{"key":"\#(former)"}"#)
                let cookie = try #require(signedIn.header("set-cookie"))
                let shown = [(name: "cookie", value: String(cookie.prefix { $0 != ";" }))]
                try use(latter)
                try await waitUntil("the former is revoked") {
                    let session = try await visitor.send("GET", "/api/session", headers: shown)
                    return try visitor.json(session)["signed_in"] as? Bool == false
                }
                let again = try await visitor.send("POST", "/api/session", #"{"key":"\#(latter)"}"#, headers: shown)
                #expect(again.status == 200)
                // Nor is there anything left of the former session that would ask for a proof.
                #expect(try await visitor.send("POST", "/api/session/end", "{}", headers: shown).status == 200)
            }
        }
    }

    @Test func whoSignsInMayWhatTheKeyMay() async throws {
        try await withFolder { folder in
            let file = KeysFile(path: folder + "/keys")
            let text = KeyText.make()
            try file.change { keys in
                keys = [
                    AccessKey(
                        name: "desk", scopes: [.read, .operate], created: .now(), expires: nil, text: text)
                ]
            }
            try await withConsole(keys: file) { _, visitor in
                #expect(try await visitor.send("GET", "/api/orders").status == 401)
                #expect(try await visitor.send("POST", "/api/session", #"{"key":"ol_x"}"#).status == 401)
                let signedIn = try await visitor.send("POST", "/api/session", #"{"key":"\#(text)"}"#)
                let cookie = try #require(signedIn.header("set-cookie"))
                #expect(cookie.contains("; HttpOnly; SameSite=Strict") && !cookie.contains(text))
                let session = try visitor.json(signedIn)
                #expect(
                    session["name"] as? String == "desk"
                        && Set(session["scopes"] as? [String] ?? []) == ["read", "operate"])
                let shown = [(name: "cookie", value: String(cookie.prefix { $0 != ";" }))]
                let proof =
                    shown + [(name: "x-csrf-token", value: try #require(session["csrf"] as? String))]
                #expect(try await visitor.send("GET", "/api/orders", headers: shown).status == 200)
                // A change wants the proof, and a key for it.
                let body = #"{"all":true,"dry_run":true}"#
                #expect(
                    try await visitor.send("POST", "/api/dead-letters/redrive", body, headers: shown).status
                        == 403)
                #expect(
                    try await visitor.send("POST", "/api/dead-letters/redrive", body, headers: proof).status
                        == 200)
                #expect(
                    try await visitor.send("POST", "/api/orders", Self.order, headers: proof).status == 403)
                #expect(
                    try await visitor.send("POST", "/api/session/end", "{}", headers: shown).status == 403)
                #expect(
                    try await visitor.send("POST", "/api/session/end", "{}", headers: proof).status == 200)
                #expect(try await visitor.send("GET", "/api/orders", headers: shown).status == 401)
            }
        }
    }
}
