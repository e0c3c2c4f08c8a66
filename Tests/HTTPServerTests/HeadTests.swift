import Testing

@testable import HTTPServer

/// The readers by themselves: whatever the pieces that bytes come in, they find the same.
@Suite struct HeadTests {
    /// nil when the head is not complete.
    private static func head(_ text: String, piece: Int, limit: Int = 1 << 14) throws -> (RequestHead, Int)? {
        let bytes = Array(text.utf8)
        var head = RequestHead()
        for end in stride(from: min(piece, bytes.count), through: bytes.count, by: min(piece, bytes.count)) {
            let size = try bytes.withUnsafeBytes { try head.read($0.part(0..<end), limit: limit) }
            if let size { return (head, size) }
        }
        return nil
    }

    @Test(arguments: [1, 2, 3, 7, 1_000])
    func readsAHeadInPieces(piece: Int) throws {
        let text =
            "\r\nPOST /a HTTP/1.1\r\nhost: b\r\nCONTENT-LENGTH:  007\t\r\nConnection: x , close\r\n"
            + "Expect: 100-Continue\r\n\r\n"
        let (head, size) = try #require(try Self.head(text + "1234567", piece: piece))
        #expect(size == text.utf8.count)
        #expect(head.method == 2..<6 && head.target == 7..<9 && head.fields.count == 4)
        #expect(head.contentLength == 7 && !head.isChunked && head.expectsContinue && !head.keepsAlive)
    }

    @Test func knowsWhetherTheConnectionLivesOn() throws {
        for (version, connection, keepsAlive) in [
            ("1.1", "", true), ("1.1", "close", false), ("1.1", "keep-alive, Close", false), ("1.1", "closed", true),
            ("1.0", "", false), ("1.0", "Keep-Alive", true), ("1.0", "keep-alive,close", false),
        ] {
            let text = "GET / HTTP/\(version)\r\nHost: a\r\nConnection: \(connection)\r\n\r\n"
            let (head, _) = try #require(try Self.head(text, piece: 1_000))
            #expect(head.keepsAlive == keepsAlive, "\(version) \(connection)")
        }
    }

    /// Byte by byte, a head costs as many looks for its line's end as it has bytes: this one would else take minutes.
    @Test func looksAtEachByteOnce() throws {
        let text = "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 4_000_000))\r\n\r\n"
        let (head, _) = try #require(try Self.head(text, piece: 1, limit: 1 << 23))
        #expect(head.fields.count == 2)
    }

    @Test func findsControlCharactersAnywhere() {
        for length in 1...40 {
            for place in 0..<length {
                for (byte, isTaken) in [
                    ("\u{1}", false), ("\u{7F}", false), ("\t", true), ("\u{1F}", false), ("~", true),
                ] {
                    var value = [Character](repeating: "x", count: length)
                    value[place] = Character(byte)
                    let text = "GET / HTTP/1.1\r\nHost: a\r\nX: y\(String(value))y\r\n\r\n"
                    let isRead = (try? Self.head(text, piece: 1_000)) != nil
                    #expect(isRead == isTaken, "\(byte.utf8.first ?? 0) at \(place) of \(length)")
                }
            }
        }
    }

    @Test func knowsTokens() {
        let tokens = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        let names = Set("-._~%!$&'()*+;=0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(byte.isToken == tokens.contains(byte) && byte.isHostName == names.contains(byte))
        }
    }

    @Test(arguments: [1, 2, 3, 1_000])
    func readsChunksInPieces(piece: Int) throws {
        let text = "3\r\nabc\r\n00A;a;b=c;d=\"\\\"\";e\r\n0123456789\r\n0\r\nTrailer: x\r\nOther:\r\n\r\n"
        let bytes = Array((text + "GET").utf8)
        var chunks = ChunkedBody(maximumBody: 13, maximumTrailer: 100)
        var body: [UInt8] = []
        var index = 0
        while !chunks.isDone {
            index += try bytes[index..<min(index + piece, bytes.count)].withUnsafeBytes {
                try chunks.read($0) { body += $0 }
            }
        }
        #expect(index == text.utf8.count && body == Array("abc0123456789".utf8))
    }

    @Test func anAbsoluteTargetNamesTheHost() async throws {
        var router = HTTPRouter()
        router.on("GET", "/") { HTTPRouter.text("\($0.headers["host"] ?? "nil") \($0.path)") }
        try await TestServer.run({ _ in }, router) { server in
            let wire = try Wire(server.port)
            for target in ["http://elsewhere:80/", "HTTPS://elsewhere:80", "http://elsewhere:80?a"] {
                try wire.get(target)
                #expect(try wire.reply().text == "elsewhere:80 /")
            }
            wire.close()
        }
    }
}
