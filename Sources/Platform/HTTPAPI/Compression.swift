internal import Gzip
internal import HTTPServer
internal import Synchronization

/// Answers in gzip, for those who take it.
enum Compression {
    /// Bytes. What is smaller fits into one packet anyhow.
    static let smallest = 1 << 10
    /// Bytes, of an answer to what changes something: orders are placed by the thousand in a second, and compressing one of
    /// 1.4 KB took 0.09 ms, and it takes another thread, for one packet less.
    static let smallestOfChange = 16 << 10
    /// Answers that are compressed at one time: each takes a thread for some milliseconds and 256 KiB. Others go out as they are.
    private static let most = 4
    private static let running = Atomic(0)

    static func compressed(_ response: HTTPResponse, for request: HTTPRequest) async -> HTTPResponse {
        let smallest = request.method == "GET" || request.method == "HEAD" ? smallest : smallestOfChange
        guard response.body.count >= smallest,
            !response.headers.contains(where: { ["content-encoding", "vary"].contains($0.name) })
        else { return response }
        var response = response
        // The same answer would be another for who asks otherwise: caches have to know.
        response.headers.append(("vary", "accept-encoding"))
        guard AcceptEncoding(request.headers.all("accept-encoding")).takesGzip else { return response }
        defer { running.subtract(1, ordering: .relaxed) }
        guard running.add(1, ordering: .relaxed).oldValue < most else { return response }
        let body = response.body
        guard let small = await besideTheLoop({ Gzip.compressed(body) }), small.count < body.count else {
            return response
        }
        response.body = small
        response.headers.append(("content-encoding", "gzip"))
        return response
    }
}

/// What codings a client takes (RFC 9110, 12.5.3).
struct AcceptEncoding {
    let takesGzip: Bool

    /// `fields`: the values of all Accept-Encoding fields. Without one an answer goes out as it is.
    init(_ fields: [String]) {
        var gzip: Bool?
        var others: Bool?
        for element in fields.joined(separator: ",").utf8.split(separator: UInt8(ascii: ",")) {
            let parts = element.split(separator: UInt8(ascii: ";")).map {
                String(decoding: $0, as: UTF8.self).filter { $0 != " " && $0 != "\t" }.lowercased()
            }
            guard let name = parts.first else { continue }
            let isTaken = !parts.dropFirst().contains { Self.isZero($0) }
            switch name {
            case "gzip", "x-gzip": gzip = isTaken
            case "*": others = isTaken
            default: break
            }
        }
        takesGzip = gzip ?? others ?? false
    }

    /// Whether a parameter is `q=0`, `q=0.`, to `q=0.000`: not acceptable.
    private static func isZero(_ parameter: String) -> Bool {
        guard parameter.hasPrefix("q=0") else { return false }
        return parameter.dropFirst(3).allSatisfy { $0 == "." || $0 == "0" }
    }
}
