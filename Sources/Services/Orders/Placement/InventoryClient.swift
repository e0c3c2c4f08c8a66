import Events
package import HTTPClient
package import Identifiers
package import InventoryAPI
import JSON
package import ServiceHost

/// The inventory service as the order service sees it.
package protocol Inventory: Sendable {
    /// The outcomes in the order of the reservations.
    func reserve(_ call: ReserveCall, traceparent: String?, deadline: ContinuousClock.Instant)
        async throws(InventoryFailure) -> [ReservationOutcome]
    /// Any number of them; what of it was done before it throws is done.
    func release(_ orders: [Identifier], deadline: ContinuousClock.Instant) async throws(InventoryFailure)
    /// As `release`.
    func close(_ batches: [Identifier], deadline: ContinuousClock.Instant) async throws(InventoryFailure)
    /// A page of what is reserved in batches that have been open for more than `seconds`.
    func reservations(openFor seconds: Int, cursor: String?, deadline: ContinuousClock.Instant)
        async throws(InventoryFailure) -> OpenReservations
    /// nil when it is ready, else what is wrong.
    func complaint() async -> String?
}

/// The inventory service did not do what it was asked, or did it and nobody knows: settling finds out.
package struct InventoryFailure: Error, Sendable, Hashable {
    /// For the log.
    package var message: String
    /// For customers, after "The inventory service".
    package var reason: String

    package init(_ message: String, reason: String = "gave an answer that can't be read") {
        self.message = message
        self.reason = reason
    }
}

/// The inventory service, over HTTP.
package struct InventoryClient: Inventory {
    private let http: HTTPClient
    private let door: InventoryDoor

    package init(_ address: ServiceAddress, http: HTTPClient) {
        door = InventoryDoor(address)
        self.http = http
    }

    package func reserve(
        _ call: ReserveCall, traceparent: String?, deadline: ContinuousClock.Instant
    ) async throws(InventoryFailure) -> [ReservationOutcome] {
        let answer = try await send(
            "POST", "/reservations", body: call.json(), traceparent: traceparent, deadline: deadline,
            read: ReserveAnswer.read)
        guard answer.results.map(\.orderID) == call.reservations.map(\.orderID) else {
            throw InventoryFailure("the answer is about other orders")
        }
        return answer.results.map(\.outcome)
    }

    package func release(
        _ orders: [Identifier], deadline: ContinuousClock.Instant
    ) async throws(InventoryFailure) {
        try await post("/reservations/release", "order_ids", orders, deadline)
    }

    package func close(_ batches: [Identifier], deadline: ContinuousClock.Instant) async throws(InventoryFailure) {
        try await post("/reservations/close", "batch_ids", batches, deadline)
    }

    package func reservations(
        openFor seconds: Int, cursor: String?, deadline: ContinuousClock.Instant
    ) async throws(InventoryFailure) -> OpenReservations {
        let path =
            "/reservations?open_for=\(seconds)&limit=200"
            + (cursor.map { "&cursor=\(PercentEncoding.segment($0))" } ?? "")
        return try await send("GET", path, body: nil, traceparent: nil, deadline: deadline, read: OpenReservations.read)
    }

    package func complaint() async -> String? {
        do throws(InventoryFailure) {
            _ = try await send(
                "GET", "/health/ready", body: nil, traceparent: nil, deadline: .now + .seconds(1)
            ) { json -> Bool? in
                try json.skip()
                return true
            }
            return nil
        } catch {
            return error.message
        }
    }

    /// In calls of as many as one may name.
    private func post(
        _ path: String, _ member: StaticString, _ identifiers: [Identifier], _ deadline: ContinuousClock.Instant
    ) async throws(InventoryFailure) {
        var rest = identifiers[...]
        while !rest.isEmpty {
            try await post(path, member, rest.prefix(ReserveCall.maximumNamed), deadline)
            rest = rest.dropFirst(ReserveCall.maximumNamed)
        }
    }

    private func post(
        _ path: String, _ member: StaticString, _ identifiers: ArraySlice<Identifier>,
        _ deadline: ContinuousClock.Instant
    ) async throws(InventoryFailure) {
        var json = JSONWriter(capacity: 64 + identifiers.count * 40)
        json.object { json in
            json.key(member)
            json.array { json in
                for identifier in identifiers { json.string(identifier.description) }
            }
        }
        _ = try await send("POST", path, body: json.finish(), traceparent: nil, deadline: deadline) { json -> Bool? in
            try json.skip()
            return true
        }
    }

    /// Believes only an answer 200 whose body parses: a reply can be cut anywhere.
    private func send<Answer>(
        _ method: String, _ path: String, body: [UInt8]?, traceparent: String?, deadline: ContinuousClock.Instant,
        read: (inout JSONReader) throws -> Answer?
    ) async throws(InventoryFailure) -> Answer {
        var headers: [(name: String, value: String)] = []
        if body != nil { headers.append(("content-type", "application/json")) }
        if let traceparent { headers.append(("traceparent", traceparent)) }
        let response: HTTPClientResponse
        do throws(HTTPClientError) {
            response = try await door.enter { address throws(HTTPClientError) in
                try await http.send(
                    HTTPClientRequest(
                        method: method, url: address.base + path, unixSocket: address.unixSocket,
                        headers: headers + address.headers, body: body), deadline: deadline)
            }
        } catch {
            throw InventoryFailure(
                error.message,
                reason: error.outcome == .notProcessed ? "can't be reached" : "did not answer in time")
        }
        guard response.status == 200 else {
            throw InventoryFailure(
                "it answered \(response.status) to \(method) \(path)", reason: Self.reason(response))
        }
        do {
            return try JSON.read(response.body, read)
        } catch {
            throw InventoryFailure("its answer can't be read: \(error)")
        }
    }

    /// What its problem document says of it.
    private static func reason(_ response: HTTPClientResponse) -> String {
        var (type, reason): (String?, String?)
        _ = try? JSON.read(response.body) { json in
            try json.object { key, json in
                switch key {
                case "type": type = try json.string()
                case "reason": reason = try json.string()
                default: try json.skip()
                }
            }
        }
        switch type {
        case "urn:orderlog:problem:database-unavailable":
            return "can't use its database, which \(reason?.prefix(200) ?? "is not there")"
        case "urn:orderlog:problem:outcome-unknown": return "can't use its database, which did not answer in time"
        case "urn:orderlog:problem:too-many-waiting": return "has too many requests waiting"
        default: return "answered with an error (\(response.status))"
        }
    }
}
