import Foundation
import HTTPAPI
import HTTPServer
import Telemetry
import Testing

@testable import Console

/// What a browser gets.
@Suite struct PagesTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources/Services/Console/Pages")

    private static func files() throws -> [String: String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return Dictionary(
            uniqueKeysWithValues: try names.map {
                ($0, try String(contentsOf: folder.appending(path: $0), encoding: .utf8))
            })
    }

    private static let api: API = {
        var api = API(ConsoleOperations.street, logger: .silent, problem: { _ in nil })
        Pages.add(to: &api)
        return api
    }()

    /// All that a first visit loads.
    @Test func theyAreSmall() throws {
        let bytes = try Self.files().values.map(\.utf8.count).reduce(0, +)
        #expect(bytes < 150_000, "\(bytes) bytes")
    }

    /// Every file is answered, and what files name is one of them.
    @Test func nothingIsMissing() throws {
        let files = try Self.files()
        for name in files.keys where name != "index.html" {
            #expect(Self.api.pages.contains("/assets/\(name)"), "\(name) is not answered")
        }
        for (name, text) in files {
            let named =
                text.matches(of: /(?:from|import) '\.\/([^']+)'/).map(\.output.1)
                + text.matches(of: /(?:src|href)="\/assets\/([^"]+)"/).map(\.output.1)
            for other in named { #expect(files[String(other)] != nil, "\(name) names \(other)") }
        }
    }

    /// Nothing is loaded from elsewhere, and no text is read as HTML or as a script.
    @Test func nothingComesFromElsewhere() throws {
        for (name, text) in try Self.files() {
            let addresses = text.matches(of: /https?:\/\/[^\s'"`)]+/).map { String($0.output) }
            #expect(addresses.allSatisfy { $0 == "http://www.w3.org/2000/svg" }, "\(name): \(addresses)")
            for word in [
                "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "setHTML",
                " style=", "javascript:", "DOMParser", "createContextualFragment",
            ] {
                #expect(!text.contains(word), "\(name) has \(word)")
            }
        }
    }
}
