import Foundation
import HTTPAPI
import Testing

@testable import Application

/// `docs/openapi`, `docs/problems`, `docs/reference.md` and the tables of routes say what the code says. After a deliberate change `make contract` writes them anew.
@Suite struct ContractTests {
    private static let docs = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs")

    /// By their names, what the files of a folder have to hold.
    private func check(_ folder: String, _ files: [String: String]) throws {
        let folder = Self.docs.appending(path: folder)
        let manager = FileManager.default
        if ProcessInfo.processInfo.environment["UPDATE_CONTRACT"] != nil {
            try? manager.removeItem(at: folder)
            try manager.createDirectory(at: folder, withIntermediateDirectories: true)
            for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        }
        let there = try manager.contentsOfDirectory(atPath: folder.path)
        #expect(there.sorted() == files.keys.sorted(), "make contract writes them anew")
        for (name, text) in files.sorted(by: { $0.key < $1.key }) {
            let found = try? String(contentsOf: folder.appending(path: name), encoding: .utf8)
            #expect(found == text, "docs/\(folder.lastPathComponent)/\(name): make contract writes it anew")
        }
    }

    @Test func theDescriptionsAreThoseOfTheCode() throws {
        try check(
            "openapi",
            Dictionary(
                uniqueKeysWithValues: OpenAPICommand.descriptions.map {
                    ("\($0.name).json", OpenAPICommand.document($0.description))
                }))
    }

    /// Without it a replay in the containers would write other messages than the service has sent.
    @Test(arguments: ["SHOP_NAME", "SHOP_LANGUAGE"])
    func theToolsInContainersSpeakAsTheServiceDoes(_ setting: String) throws {
        let compose = try String(contentsOf: Self.docs.appending(path: "../docker-compose.yml"), encoding: .utf8)
        for service in ["notification-service", "tools"] {
            let rest = try #require(compose.components(separatedBy: "\n  \(service):\n").last)
            let own = rest.components(separatedBy: "\n\n").first ?? ""
            #expect(own.contains("\n      \(setting): ${\(setting):-}\n"), "\(service)")
        }
    }

    /// The table in `docs/keys.md`.
    @Test func theTableOfScopesIsThatOfTheCode() throws {
        let rows = OpenAPICommand.descriptions.flatMap { name, description in
            description.operations.map { operation in
                "| \(name) | `\(operation.name)` | \(operation.id) | \(Self.words(operation.access)) |\n"
            }
        }
        let head = "\n| door | route | operation | who may |\n|---|---|---|---|\n"
        try checkPart(of: "keys.md", head + rows.joined() + "\n")
    }

    /// The tables in `docs/http.md`, one for each door.
    @Test func theTablesOfRoutesAreThoseOfTheCode() throws {
        let titles = [
            "order": "order service :8080", "inventory": "inventory service :8081",
            "notification": "notification service :8082", "console": "console :8083",
            "inside": "inside doors; `/reservations` at inventory's alone",
        ]
        let tables = OpenAPICommand.descriptions.map { name, description in
            let title = titles[name] ?? "no door of that name: \(name)"
            let rows = description.operations.map { operation in
                let query = operation.query.map(\.name).joined(separator: ", ")
                return "| `\(operation.name)` | \(operation.summary) | \(query) |\n"
            }
            return "\n| \(title) | | query parameters |\n|---|---|---|\n" + rows.joined()
        }
        try checkPart(of: "http.md", tables.joined() + "\n")
    }

    @Test func theReferenceIsThatOfTheCode() throws {
        try check(Self.docs.appending(path: "reference.md"), ReferencePage(Orderlog.program(testShutdown)).text)
    }

    /// What stands in a page between its two marks.
    private func checkPart(of name: String, _ part: String) throws {
        let file = Self.docs.appending(path: name)
        let text = try String(contentsOf: file, encoding: .utf8)
        let start = try #require(text.range(of: "<!-- Written by `make contract`. -->\n")).upperBound
        let stop = try #require(text.range(of: "<!-- The end of what is written. -->")).lowerBound
        try check(file, text[..<start] + part + text[stop...])
    }

    private func check(_ file: URL, _ text: String) throws {
        if ProcessInfo.processInfo.environment["UPDATE_CONTRACT"] != nil { try Data(text.utf8).write(to: file) }
        let found = try? String(contentsOf: file, encoding: .utf8)
        #expect(found == text, "docs/\(file.lastPathComponent): make contract writes it anew")
    }

    private static func words(_ access: Access) -> String {
        switch access {
        case .open: "everybody"
        case .keys(let scopes): scopes.map { "`\($0.rawValue)`" }.joined(separator: " or ")
        case .inside: "the services and their operators"
        }
    }

    @Test func everyProblemHasItsPage() throws {
        var types: [String: ProblemType] = [:]
        for type in OpenAPICommand.descriptions.flatMap(\.description.problemTypes) {
            #expect(types[type.kind] ?? type == type, "two problems are of the kind \(type.kind)")
            types[type.kind] = type
        }
        let rows = types.values.sorted { $0.kind < $1.kind }.map {
            "| [\($0.kind)](\($0.kind).md) | \($0.status) | \($0.title) |"
        }
        let index = """
            # Problems

            What goes wrong is told as a problem document (RFC 9457). Its `type` is `\(ProblemType.folder)KIND`, at which every
            service answers the page of its problems; these are all of them. `about:blank` is a problem of which the status says it all.

            | kind | status | title |
            |---|---|---|
            \(rows.joined(separator: "\n"))

            """
        var files = types.mapValues(\.page)
        files = Dictionary(uniqueKeysWithValues: files.map { ("\($0.key).md", $0.value) })
        files["README.md"] = index
        try check("problems", files)
    }

    /// A kind that is declared and belongs to no operation is one that callers can be told of without a page.
    @Test func everyDeclaredProblemBelongsToAnOperation() throws {
        let sources = Self.docs.deletingLastPathComponent().appending(path: "Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var declared: [String] = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            declared += text.matches(of: /= ProblemType\(\s*"([a-z-]+)"/).map { String($0.output.1) }
        }
        let known = OpenAPICommand.descriptions.flatMap(\.description.problemTypes).map(\.kind)
        #expect(declared.count >= 20)
        #expect(declared.filter { !known.contains($0) } == [])
    }
}
