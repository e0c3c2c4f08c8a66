import Foundation
import HTTPClient
import ServiceLife

/// What a service answered.
struct Reply: Sendable {
    let response: HTTPClientResponse

    var status: Int { response.status }
    var text: String { String(decoding: response.body, as: UTF8.self) }
    func header(_ name: String) -> String? { response.header(name) }

    /// Of `/health`: what is so now, without the last error, which may be over.
    var textOfNow: String {
        let document = try? JSONSerialization.jsonObject(with: Data(response.body))
        guard var json = document as? [String: Any] else { return text }
        json["last_error"] = nil
        let data = try? JSONSerialization.data(withJSONObject: json, options: .withoutEscapingSlashes)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// The value at a path such as `items.0.quantity`; nil when there is none.
    subscript(path: String) -> Any? {
        var value = try? JSONSerialization.jsonObject(with: Data(response.body), options: .fragmentsAllowed)
        for part in path.split(separator: ".") {
            if let index = Int(part) {
                let list = value as? [Any]
                value = list.flatMap { $0.indices.contains(index) ? $0[index] : nil }
            } else {
                value = (value as? [String: Any])?[String(part)]
            }
        }
        return value
    }

    func string(_ path: String) -> String? { self[path] as? String }
    func int(_ path: String) -> Int? { (self[path] as? NSNumber)?.intValue }
    func list(_ path: String) -> [[String: Any]] { self[path] as? [[String: Any]] ?? [] }
}

/// Calls services as their users do.
struct Caller: Sendable {
    let http: HTTPClient

    init(connections: Int = 16) { http = HTTPClient(connectionsPerHost: connections, log: { _ in }) }

    func call(
        _ method: String, _ url: String, _ body: String? = nil,
        headers: [(name: String, value: String)] = [("content-type", "application/json")],
        within limit: Duration = .seconds(30)
    ) async throws -> Reply {
        try await call(method, url, bytes: body.map { Array($0.utf8) }, headers: headers, within: limit)
    }

    /// At a service's inside door.
    func call(
        _ method: String, _ path: String, inside door: ServiceAddress, _ body: String? = nil
    ) async throws -> Reply {
        try await send(
            HTTPClientRequest(
                method: method, url: door.base + path, unixSocket: door.unixSocket,
                headers: door.headers + (body == nil ? [] : [("content-type", "application/json")]),
                body: body.map { Array($0.utf8) }), atInsideDoor: true, within: .seconds(30))
    }

    func call(
        _ method: String, _ url: String, bytes: [UInt8]?, headers: [(name: String, value: String)],
        within limit: Duration = .seconds(30)
    ) async throws -> Reply {
        try await send(
            HTTPClientRequest(method: method, url: url, headers: body(bytes, headers), body: bytes),
            atInsideDoor: false, within: limit)
    }

    private func send(_ request: HTTPClientRequest, atInsideDoor: Bool, within limit: Duration) async throws -> Reply {
        let response = try await http.send(request, deadline: .now + limit)
        ExchangeRecord.shared?.add(request, response, atInsideDoor: atInsideDoor)
        return Reply(response: response)
    }

    private func body(
        _ bytes: [UInt8]?, _ headers: [(name: String, value: String)]
    ) -> [(name: String, value: String)] {
        bytes == nil ? headers.filter { $0.name != "content-type" } : headers
    }
}
