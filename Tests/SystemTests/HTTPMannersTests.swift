import Foundation
import Gzip
import HTTPClient
import Testing

/// HTTP as its people expect.
@Suite struct HTTPMannersTests {
    private static func orders(_ count: Int, in shop: Shop) async throws {
        for number in 0..<count {
            let reply = try await shop.place([("PROD-005", 1)], email: "ada+\(number % 2)@example.com")
            #expect(reply.status == 201)
        }
    }

    @Test func largeAnswersAreCompressedForThoseWhoAsk() async throws {
        try await withShop(.embedded) { shop in
            try await Self.orders(5, in: shop)
            let list = shop.order + "/orders"
            let plain = try await shop.caller.call("GET", list)
            #expect(plain.header("content-encoding") == nil && plain.header("vary") == "accept-encoding")
            let gzip = [(name: "accept-encoding", value: "br, gzip;q=0.8")]
            let small = try await shop.caller.call("GET", list, headers: gzip)
            #expect(small.header("content-encoding") == "gzip" && small.header("vary") == "accept-encoding")
            #expect(small.response.body.count < plain.response.body.count / 2)
            #expect(try Self.unpacked(small.response.body) == plain.response.body)
            // HEAD says the same and sends nothing.
            let head = try await shop.caller.call("HEAD", list, headers: gzip)
            #expect(head.response.body.isEmpty && head.header("content-length") == "\(small.response.body.count)")
            #expect(head.header("content-encoding") == "gzip")
            // A packet is no smaller for it.
            let order = try #require(plain.string("orders.0.order_id"))
            let one = try await shop.caller.call("GET", list + "/" + order, headers: gzip)
            #expect(one.status == 200 && one.header("content-encoding") == nil)
            let none = try await shop.caller.call("GET", list, headers: [("accept-encoding", "gzip;q=0, *")])
            #expect(none.header("content-encoding") == nil)
        }
    }

    @Test func pagesAreLinked() async throws {
        try await withShop(.embedded) { shop in
            try await Self.orders(5, in: shop)
            var path: String? = "/orders?limit=2&customer_email=ada%2B0%40example.com"
            var seen: [String] = []
            var pages = 0
            while let next = path {
                let page = try await shop.caller.call("GET", shop.order + next)
                #expect(page.status == 200)
                seen += page.list("orders").compactMap { $0["order_id"] as? String }
                pages += 1
                let link = page.header("link")
                #expect((link == nil) == (page.string("next_cursor") == nil))
                path = link.flatMap { $0.firstMatch(of: /^<([^>]+)>; rel="next"$/) }.map { String($0.output.1) }
            }
            #expect(pages == 2 && seen.count == 3 && Set(seen).count == 3)
        }
    }

    /// The trace that a problem names is the caller's, and the log has it.
    @Test func problemsNameTheTrace() async throws {
        try await withShop(.embedded) { shop in
            let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
            let theirs = try await shop.caller.call(
                "GET", shop.order + "/orders/nothing", headers: [("traceparent", "00-\(trace)-00f067aa0ba902b7-01")])
            #expect(theirs.status == 404 && theirs.string("trace_id") == trace)
            #expect(theirs.string("type") == "/problems/not-found")
            let ours = try await shop.caller.call("GET", shop.order + "/orders/nothing")
            #expect(ours.string("trace_id")?.count == 32 && ours.string("trace_id") != trace)
        }
    }

    private static func unpacked(_ bytes: [UInt8]) throws -> [UInt8] {
        let path = FileManager.default.temporaryDirectory.appending(path: "answer-\(UUID().uuidString).gz").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(bytes).write(to: URL(filePath: path))
        var file = try GzipFile(reading: path)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 1)
        defer { room.deallocate() }
        var count = 0
        while true {
            let read = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: room[count...]))
            if read == 0 { break }
            count += read
        }
        try file.close()
        return Array(room[..<count])
    }
}
