import HTTPServer
import Testing

@testable import HTTPAPI

@Suite struct CompressionTests {
    private static let body = [UInt8](repeating: UInt8(ascii: "a"), count: 2_000)

    private func request(_ method: String, _ coding: String? = "gzip") -> HTTPRequest {
        HTTPRequest(
            method: method, target: "/", path: "/",
            headers: HTTPHeaders(coding.map { [("accept-encoding", $0)] } ?? []), route: "/")
    }

    private func coding(_ response: HTTPResponse) -> String? {
        response.headers.first { $0.name == "content-encoding" }?.value
    }

    @Test func whatIsReadIsCompressedFromAKilobyteOn() async {
        #expect(coding(await Compression.compressed(.json(Self.body), for: request("GET"))) == "gzip")
        #expect(coding(await Compression.compressed(.json(Self.body), for: request("GET", nil))) == nil)
        #expect(coding(await Compression.compressed(.json([0]), for: request("GET"))) == nil)
    }

    @Test func anOrdersAnswerGoesOutAsItIs() async {
        #expect(coding(await Compression.compressed(.json(Self.body), for: request("POST"))) == nil)
        let long = [UInt8](repeating: 0, count: 16 << 10)
        #expect(coding(await Compression.compressed(.json(long), for: request("POST"))) == "gzip")
    }

    @Test func whatNeverChangesIsCompressedOnce() async {
        let answer = ConstantAnswer(type: "text/plain", Self.body)
        let small = answer.response(for: request("GET"))
        #expect(coding(small) == "gzip" && small.body.count < 100)
        #expect(await Compression.compressed(small, for: request("GET")).body == small.body)
        let plain = answer.response(for: request("GET", nil))
        #expect(coding(plain) == nil && plain.body == Self.body)
        #expect(plain.headers.contains { $0.name == "vary" && $0.value == "accept-encoding" })
        #expect(coding(ConstantAnswer(type: "text/plain", [1]).response(for: request("GET"))) == nil)
    }
}

@Suite struct AcceptEncodingTests {
    @Test(arguments: [
        ["gzip"], ["GZip"], ["x-gzip"], ["gzip;q=0.1"], ["gzip ; q = 1"], ["br, gzip"], ["br", "gzip"], ["*"],
        ["*;q=0.5"],
        ["identity;q=0, gzip"], ["*;q=0, gzip"], [",gzip,"], ["gzip;level=9"],
    ])
    func gzipIsTaken(_ fields: [String]) {
        #expect(AcceptEncoding(fields).takesGzip)
    }

    @Test(arguments: [
        [], [""], ["identity"], ["br"], ["gzip;q=0"], ["gzip;q=0.000"], ["gzip; Q=0"], ["*;q=0"], ["*, gzip;q=0"],
        ["gzipped"],
        [";"],
    ])
    func gzipIsNotTaken(_ fields: [String]) {
        #expect(!AcceptEncoding(fields).takesGzip)
    }
}
