import Foundation
import HTTPClient
import HTTPServer
import Testing

/// A server and a client that meet at a file.
@Suite struct UnixSocketTests {
    private static func server(at path: String, says text: String) -> HTTPServer {
        var router = HTTPRouter()
        router.on("GET", "/who") { _ in HTTPResponse(status: 200, body: Array(text.utf8)) }
        var configuration = HTTPServerConfiguration()
        configuration.unixSocket = path
        return HTTPServer(
            configuration: configuration, router: router,
            refusal: { HTTPResponse(status: $0.status) }, log: { _ in })
    }

    private static func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "sock-\(UInt32.random(in: 0...(.max)))"
        ).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    @Test func itsFileIsForThisUserAlone() async throws {
        try await Self.withFolder { folder in
            let server = Self.server(at: folder + "/a.sock", says: "a")
            #expect(try server.start() == 0)
            let mode = try FileManager.default.attributesOfItem(atPath: folder + "/a.sock")[.posixPermissions] as? Int
            #expect(mode == 0o600)
            await server.stop(within: .zero)
        }
    }

    /// Two calls with one URL go to two servers: libcurl keeps the connections apart by their sockets.
    @Test func callsGoToTheSocketThatIsNamed() async throws {
        try await Self.withFolder { folder in
            let servers = ["a", "b"].map { Self.server(at: "\(folder)/\($0).sock", says: $0) }
            for server in servers { _ = try server.start() }
            try await withClient { client in
                for name in ["a", "b", "a"] {
                    let answer = try await client.send(
                        HTTPClientRequest(
                            method: "GET", url: "http://localhost/who", unixSocket: "\(folder)/\(name).sock"),
                        deadline: .now + .seconds(20))
                    #expect(String(decoding: answer.body, as: UTF8.self) == name)
                }
            }
            for server in servers { await server.stop(within: .zero) }
        }
    }

    @Test func whatACrashLeftIsReplaced() async throws {
        try await Self.withFolder { folder in
            let first = Self.server(at: folder + "/a.sock", says: "first")
            _ = try first.start()
            await first.stop(within: .zero)
            // The file of a server that is gone.
            #expect(FileManager.default.fileExists(atPath: folder + "/a.sock"))
            try await withClient { client in
                let call = HTTPClientRequest(
                    method: "GET", url: "http://localhost/who", unixSocket: folder + "/a.sock")
                let error = await #expect(throws: HTTPClientError.self) {
                    try await client.send(call, deadline: .now + .seconds(20))
                }
                #expect(error?.outcome == .notProcessed)
                let second = Self.server(at: folder + "/a.sock", says: "second")
                _ = try second.start()
                #expect(try await client.send(call, deadline: .now + .seconds(20)).body == Array("second".utf8))
                await second.stop(within: .zero)
            }
        }
    }

    @Test func whatIsNoSocketIsLeftAlone() async throws {
        try await Self.withFolder { folder in
            let path = folder + "/a.sock"
            try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: HTTPServerError.self) { try Self.server(at: path, says: "").start() }
            #expect(error == .unixSocket(path: path, code: EADDRINUSE))
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
        }
    }

    @Test func aPathMayHave107Bytes() async throws {
        try await Self.withFolder { folder in
            let path = folder + "/" + String(repeating: "s", count: 106 - folder.utf8.count)
            let server = Self.server(at: path, says: "")
            _ = try server.start()
            await server.stop(within: .zero)
            let error = #expect(throws: HTTPServerError.self) { try Self.server(at: path + "s", says: "").start() }
            #expect(error == .unixSocket(path: path + "s", code: ENAMETOOLONG))
        }
    }
}
