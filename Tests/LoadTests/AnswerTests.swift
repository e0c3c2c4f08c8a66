import Testing

@testable import Load

@Suite struct AnswerTests {
    private func read(_ text: String) -> String {
        Array(text.utf8).withUnsafeBytes { bytes in
            switch Answer.read(bytes) {
            case .whole(let answer):
                "\(answer.status) \(answer.length == bytes.count ? "all" : "\(answer.length)")\(answer.isLast ? " last" : "")"
            case .part: "part"
            case .unreadable: "unreadable"
            }
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}", "201 all"),
        ("HTTP/1.1 201 Created\r\ncontent-length:2\r\nConnection: close\r\n\r\n{}", "201 all last"),
        ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "200 all last"),
        ("HTTP/1.1 204 No Content\r\n\r\n", "204 all"),
        ("HTTP/1.1 100 Continue\r\n\r\n", "100 all"),
        ("HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "503 all"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200", "200 38"),
    ])
    func aWholeAnswerIsRead(_ text: String, _ expected: String) {
        #expect(read(text) == expected)
    }

    /// Wherever it is cut, more is waited for.
    @Test(arguments: [
        "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\nTrailer: 1\r\n\r\n",
    ])
    func aPartIsWaitedFor(_ text: String) {
        for count in 0..<text.utf8.count {
            #expect(read(String(text.unicodeScalars.prefix(count).map(Character.init))) == "part")
        }
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 2x1 Created\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ])
    func whatIsNoAnswerIsUnreadable(_ text: String) {
        #expect(read(text) == "unreadable")
    }

    @Test func idAndProblemAreFound() {
        func body(_ text: String) -> (UInt128, String?) {
            Array(text.utf8).withUnsafeBytes { (AnswerBody.orderID(in: $0), AnswerBody.problem(in: $0)) }
        }
        let order = #"{"note":"order_id","order_id" : "0197a5c2-7d3e-7c4b-9f52-3b8f6a1d2e40"}"#
        #expect(body(order).0 == 0x0197_a5c2_7d3e_7c4b_9f52_3b8f_6a1d_2e40)
        #expect(body(#"{"order_id":"17"}"#).0 == 0)
        #expect(body("").0 == 0)
        #expect(body(#"{"title":"Sold","type":"/problems/short"}"#).1 == "/problems/short")
        #expect(body(#"{"type":7}"#).1 == nil)
    }
}
