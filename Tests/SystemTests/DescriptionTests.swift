import Foundation
import HTTPClient
import Testing

/// What services say of themselves is what they do.
@Suite struct DescriptionTests {
    private static let docs = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs")

    /// The document in `docs/openapi`, as it was read from JSON.
    private static func kept(_ name: String) throws -> NSDictionary {
        let data = try Data(contentsOf: docs.appending(path: "openapi/\(name).json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? NSDictionary)
    }

    /// The methods of each path.
    private static func paths(_ document: NSDictionary) -> [String: Set<String>] {
        let paths = document["paths"] as? [String: [String: Any]] ?? [:]
        return paths.mapValues { Set($0.keys.map { $0.uppercased() }) }
    }

    @Test func whatIsServedIsWhatIsKept() async throws {
        try await withShop(.embedded) { shop in
            for name in ["order", "inventory", "notification"] {
                let base = "http://127.0.0.1:\(shop.ports[name] ?? 0)"
                let served = try await shop.caller.call("GET", base + "/openapi.json")
                #expect(
                    try JSONSerialization.jsonObject(with: Data(served.response.body)) as? NSDictionary
                        == Self.kept(name))
            }
            let inside = try await shop.caller.call("GET", "/openapi.json", inside: shop.inside("inventory"))
            #expect(
                try JSONSerialization.jsonObject(with: Data(inside.response.body)) as? NSDictionary
                    == Self.kept("inside"))
        }
    }

    /// Every path takes the methods that are described, HEAD with GET, OPTIONS, and no others.
    @Test func everyPathTakesWhatIsDescribed() async throws {
        try await withShop(.embedded) { shop in
            for name in ["order", "inventory", "notification"] {
                let base = "http://127.0.0.1:\(shop.ports[name] ?? 0)"
                for (path, described) in Self.paths(try Self.kept(name)) {
                    var expected = described.union(["OPTIONS"])
                    if described.contains("GET") { expected.insert("HEAD") }
                    // Nothing is there, but some path it is.
                    let url = base + path.replacing(/\{[a-z_]+\}/, with: "00000000-0000-0000-0000-000000000000")
                    let options = try await shop.caller.call("OPTIONS", url)
                    #expect(options.status == 204, "\(path): \(options.text)")
                    #expect(options.header("allow") == expected.sorted().joined(separator: ", "), "\(path)")
                    let other = try await shop.caller.call("DELETE", url)
                    #expect(other.status == 405 && other.header("allow") == options.header("allow"), "\(path)")
                }
            }
        }
    }

    @Test func everyProblemThatIsDescribedHasAPage() async throws {
        try await withShop(.embedded) { shop in
            for name in ["order", "inventory", "notification"] {
                let text = try String(contentsOf: Self.docs.appending(path: "openapi/\(name).json"), encoding: .utf8)
                let types = Set(
                    text.matches(of: /"(\/problems\/([a-z-]+))"/).map { [String($0.output.1), String($0.output.2)] })
                #expect(types.count > 10)
                for type in types {
                    let page = try await shop.caller.call("GET", "http://127.0.0.1:\(shop.ports[name] ?? 0)\(type[0])")
                    #expect(page.status == 200 && page.header("content-type") == "text/markdown; charset=utf-8")
                    let kept = try String(
                        contentsOf: Self.docs.appending(path: "problems/\(type[1]).md"), encoding: .utf8)
                    #expect(page.text == kept)
                }
            }
        }
    }
}
