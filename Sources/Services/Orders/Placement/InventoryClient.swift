package import Causes
import HTTPAPI
package import HTTPClient
package import Identifiers
package import InventoryAPI
import JSON
package import ServiceLife
import Shop

/// The inventory service as the order service sees it.
package protocol Inventory: Sendable {
    /// The outcomes in the order of the reservations.
    func reserve(_ call: ReserveCall, cause: Cause, deadline: ContinuousClock.Instant)
        async throws(InventoryFailure) -> [ReservationOutcome]
    /// Any number of them; what of it was done before it throws is done.
    func release(_ orders: [Identifier], cause: Cause, deadline: ContinuousClock.Instant)
        async throws(InventoryFailure)
    /// As `release`.
    func close(_ batches: [Identifier], deadline: ContinuousClock.Instant) async throws(InventoryFailure)
    /// A page of what is reserved in batches that have been open for more than `seconds`.
    func reservations(openFor seconds: Int, cursor: String?, deadline: ContinuousClock.Instant)
        async throws(InventoryFailure) -> OpenReservations
    /// nil when it is ready, else what is wrong.
    func complaint() async -> String?
}

/// The inventory service did not do what it was asked, or did it and nobody knows: reclaiming finds out.
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
        _ call: ReserveCall, cause: Cause, deadline: ContinuousClock.Instant
    ) async throws(InventoryFailure) -> [ReservationOutcome] {
        let answer = try await send(
            "POST", "/reservations", body: call.json(), cause: cause, deadline: deadline,
            read: ReserveAnswer.read)
        guard answer.results.map(\.orderID) == call.reservations.map(\.orderID) else {
            throw InventoryFailure("the answer is about other orders")
        }
        return answer.results.map(\.outcome)
    }

    package func release(
        _ orders: [Identifier], cause: Cause, deadline: ContinuousClock.Instant
    ) async throws(InventoryFailure) {
        try await post("/reservations/release", "order_ids", orders, cause, deadline)
    }

    package func close(_ batches: [Identifier], deadline: ContinuousClock.Instant) async throws(InventoryFailure) {
        try await post("/reservations/close", "batch_ids", batches, .unknown, deadline)
    }

    package func reservations(
        openFor seconds: Int, cursor: String?, deadline: ContinuousClock.Instant
    ) async throws(InventoryFailure) -> OpenReservations {
        let path =
            "/reservations?open_for=\(seconds)&limit=200"
            + (cursor.map { "&cursor=\(PercentEncoding.segment($0))" } ?? "")
        return try await send("GET", path, body: nil, cause: .unknown, deadline: deadline, read: OpenReservations.read)
    }

    package func complaint() async -> String? {
        do throws(InventoryFailure) {
            _ = try await send(
                "GET", "/health/ready", body: nil, cause: .unknown, deadline: .now + .seconds(1)
            ) { json -> Bool? in
                try json.skip()
                return true
            }
            return try await tokenComplaint() ?? door.complaint
        } catch {
            return error.message
        }
    }

    /// Readiness is told to everybody. What wants a token, and changes nothing, is to ask what a path takes; what a path takes
    /// tells nothing of whose door it is.
    private func tokenComplaint() async throws(InventoryFailure) -> String? {
        do throws(HTTPClientError) {
            let answer = try await call("OPTIONS", "/reservations", at: door.address, deadline: .now + .seconds(1))
            return answer.status == 401 ? door.tokenRefused.message : nil
        } catch {
            throw InventoryFailure(error)
        }
    }

    /// In calls of as many as one may name.
    private func post(
        _ path: String, _ member: StaticString, _ identifiers: [Identifier], _ cause: Cause,
        _ deadline: ContinuousClock.Instant
    ) async throws(InventoryFailure) {
        var rest = identifiers[...]
        while !rest.isEmpty {
            try await post(path, member, rest.prefix(ReserveCall.maximumNamed), cause, deadline)
            rest = rest.dropFirst(ReserveCall.maximumNamed)
        }
    }

    private func post(
        _ path: String, _ member: StaticString, _ identifiers: ArraySlice<Identifier>,
        _ cause: Cause, _ deadline: ContinuousClock.Instant
    ) async throws(InventoryFailure) {
        var json = JSONWriter(capacity: 64 + identifiers.count * 40)
        json.object { json in
            json.key(member)
            json.array { json in
                for identifier in identifiers { json.string(identifier) }
            }
        }
        _ = try await send("POST", path, body: json.finish(), cause: cause, deadline: deadline) { json -> Bool? in
            try json.skip()
            return true
        }
    }

    /// Believes only an answer 200 whose body parses: a reply can be cut anywhere.
    private func send<Answer>(
        _ method: String, _ path: String, body: [UInt8]?, cause: Cause, deadline: ContinuousClock.Instant,
        read: (inout JSONReader) throws -> Answer?
    ) async throws(InventoryFailure) -> Answer {
        let response: HTTPClientResponse
        do throws(HTTPClientError) {
            response = try await door.enter { address throws(HTTPClientError) in
                try await call(
                    method, path, at: address, body: body, cause: cause, deadline: deadline)
            }
        } catch {
            throw InventoryFailure(error)
        }
        if response.status == 401 { throw door.tokenRefused }
        guard response.status == 200 else {
            throw InventoryFailure(
                door.complaint ?? "it answered \(response.status) to \(method) \(path)", reason: Self.reason(response))
        }
        do {
            return try JSON.read(response.body, read)
        } catch {
            throw InventoryFailure("its answer can't be read: \(error)")
        }
    }

    private func call(
        _ method: String, _ path: String, at address: ServiceAddress, body: [UInt8]? = nil, cause: Cause = .unknown,
        deadline: ContinuousClock.Instant
    ) async throws(HTTPClientError) -> HTTPClientResponse {
        var headers: [(name: String, value: String)] = []
        if body != nil { headers.append(("content-type", "application/json")) }
        if let traceparent = cause.traceparent { headers.append(("traceparent", traceparent)) }
        if let tracestate = cause.tracestate { headers.append(("tracestate", tracestate)) }
        if let baggage = cause.baggage { headers.append(("baggage", baggage)) }
        if let caller = cause.caller { headers.append((CallerName.header.name.lowercased(), caller.text)) }
        return try await http.send(
            HTTPClientRequest(
                method: method, url: address.base + path, unixSocket: address.unixSocket,
                headers: headers + address.headers, body: body), deadline: deadline)
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
        // Behind the last slash; behind the last colon in the answers of a service from before there were pages.
        switch type?.split(whereSeparator: { $0 == "/" || $0 == ":" }).last {
        case "database-unavailable":
            return "can't use its database, which \(reason?.prefix(200) ?? "is not there")"
        case "outcome-unknown": return "can't use its database, which did not answer in time"
        case "no-replica": return "has no replica that is ready"
        case "too-many-waiting": return "has too many requests waiting"
        default: return "answered with an error (\(response.status))"
        }
    }
}

extension InventoryFailure {
    /// No answer came.
    fileprivate init(_ error: HTTPClientError) {
        self.init(
            error.message, reason: error.outcome == .notProcessed ? "can't be reached" : "did not answer in time")
    }
}
