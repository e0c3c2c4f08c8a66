package import HTTPClient
import JSON

/// What load asks the services, besides placing orders.
package struct ShopCalls: Sendable {
    /// Where the inventory service is, the notification service, and the order service; nil: nowhere that was said.
    package var inventory: Target?
    package var notification: Target?
    package var orders: Target
    private let http: HTTPClient
    private let key: String?

    private let patience: Duration

    /// - Parameters:
    ///   - key: sent as bearer with each call
    ///   - patience: for how long it asks again where it was too much at once
    package init(
        orders: Target, inventory: Target?, notification: Target?, key: String?, http: HTTPClient,
        patience: Duration = .seconds(10)
    ) {
        self.orders = orders
        self.inventory = inventory
        self.notification = notification
        self.key = key
        self.http = http
        self.patience = patience
    }

    /// Throws `LoadFailure` where there is no answer. Asks again where it was too much at once (429): a service may allow each client
    /// so many requests a second, and the run has just used them up.
    func send(_ method: String, _ target: Target, _ path: String, body: [UInt8]? = nil) async throws(LoadFailure)
        -> HTTPClientResponse
    {
        let end = ContinuousClock.now + patience
        while true {
            let answer = try await sendOnce(method, target, path, body: body)
            guard answer.status == 429, .now < end, (try? await Task.sleep(for: .milliseconds(200))) != nil else {
                return answer
            }
        }
    }

    private func sendOnce(_ method: String, _ target: Target, _ path: String, body: [UInt8]?) async throws(LoadFailure)
        -> HTTPClientResponse
    {
        var headers = [(name: "Accept", value: "application/json")]
        if body != nil { headers.append(("Content-Type", "application/json")) }
        if let key { headers.append(("Authorization", "Bearer \(key)")) }
        do throws(HTTPClientError) {
            return try await http.send(
                HTTPClientRequest(method: method, url: target.url + path, headers: headers, body: body),
                deadline: .now + patience)
        } catch {
            throw LoadFailure("\(method) \(target.url)\(path): \(error.message)")
        }
    }

    /// The answer's body. Throws for any status but 200.
    func get(_ target: Target, _ path: String) async throws(LoadFailure) -> [UInt8] {
        let answer = try await send("GET", target, path)
        guard answer.status == 200 else {
            throw Self.refused("GET", target, path, answer.status)
        }
        return answer.body
    }

    static func refused(_ method: String, _ target: Target, _ path: String, _ status: Int) -> LoadFailure {
        let hint = status == 401 || status == 403 ? "; --key-file names a file with a key that may" : ""
        return LoadFailure("\(method) \(target.url)\(path) is answered \(status)\(hint)")
    }

    /// Each thing of a list, newest first, page by page, until `body` answers false or there are no more. `body` reads a thing.
    /// Throws, too, when `until` is over.
    func list(
        _ target: Target, _ path: String, _ name: StaticString, until end: ContinuousClock.Instant,
        _ body: (inout JSONReader) throws -> Bool
    ) async throws(LoadFailure) {
        var cursor: String?
        while true {
            guard .now < end else {
                throw LoadFailure("GET \(target.url)\(path): there was no time to read it to its end")
            }
            let page = try await get(target, "\(path)?limit=200" + (cursor.map { "&cursor=\($0)" } ?? ""))
            var next: String?
            var goesOn = true
            do throws(JSONReadError) {
                let isRead: Bool = try JSON.read(page, isOpen: true) { json in
                    try json.object { key, json in
                        if name ~= key {
                            _ = try json.array(count: 0...10_000) { json in
                                if goesOn { goesOn = try body(&json) }
                            }
                        } else if "next_cursor" ~= key {
                            next = try json.null() ? nil : try json.string()
                        }
                    }
                }
                guard isRead else { return }
            } catch {
                throw LoadFailure("GET \(target.url)\(path): \(error.text(of: "the answer"))")
            }
            guard goesOn, let next, next != cursor, next.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return }
            cursor = next
        }
    }
}
