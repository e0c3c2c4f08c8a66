import HTTPAPI
import HTTPClient
import JSON
import ServiceLife
import Synchronization

/// Which door of the inventory service takes the order service's calls.
///
/// It is the address that we were told. Where that is an inventory service's port for everybody, which took these calls
/// before there was an inside door, the service says where its inside door is, on the same machine's loopback. We go there
/// until it is gone: then we look at the first address again, for an older inventory service may be back.
final class InventoryDoor: Sendable {
    private let told: ServiceAddress
    private let found = Mutex<ServiceAddress?>(nil)
    /// Whether the address that we were told is the street's, and says nothing of the inside door that we could use.
    private let isStreet = Mutex(false)

    init(_ told: ServiceAddress) {
        self.told = told
    }

    /// The one that is entered first.
    var address: ServiceAddress { found.withLock { $0 } ?? told }

    /// Makes a call there. It is repeated elsewhere only where it was surely not processed.
    func enter(
        _ call: (ServiceAddress) async throws(HTTPClientError) -> HTTPClientResponse
    ) async throws(HTTPClientError) -> HTTPClientResponse {
        if let address = found.withLock({ $0 }) {
            do throws(HTTPClientError) {
                let response = try await call(address)
                if !Self.isRefused(response) { return response }
            } catch {
                guard error.outcome == .notProcessed else { throw error }
            }
            found.withLock { if $0 == address { $0 = nil } }
        }
        let response = try await call(told)
        guard let address = inside(response) else {
            if let isStreet = Self.isStreet(response) { self.isStreet.withLock { $0 = isStreet } }
            return response
        }
        found.withLock { $0 = address }
        return try await call(address)
    }

    /// What is wrong with the address that we were told; nil: nothing that is known.
    var complaint: String? {
        guard isStreet.withLock({ $0 }) else { return nil }
        return """
            \(told) is the inventory service's public door, which takes no reservations: --inventory (INVENTORY_URL) must name \
            its inside one, by default the port a thousand above, as http://HOST:9081, and inventory needs an --internal-host \
            that this host reaches
            """
    }

    /// The service is there, and does not know us by our token.
    var tokenRefused: InventoryFailure {
        let advice =
            told.tokens.map {
                "the first line of \($0.source) (--inside-token) must be a line of the inventory service's own file"
            } ?? "give this service the inventory service's --inside-token (INSIDE_TOKEN_FILE)"
        let what = told.tokens == nil ? "wants a token, and this service has none" : "does not take our inside token"
        return InventoryFailure(
            "the inventory service at \(told) \(what): \(advice)",
            reason: "does not know the order service by its token")
    }

    /// nil: the answer does not tell, for both doors have it.
    private static func isStreet(_ response: HTTPClientResponse) -> Bool? {
        guard isRefused(response) else { return response.status == 200 ? nil : false }
        var type: String?
        _ = try? JSON.read(response.body) { json in
            try json.object { key, json in
                if case "type" = key { type = try json.string() } else { try json.skip() }
            }
        }
        return type?.hasSuffix("inside-door") ?? false
    }

    private static func isRefused(_ response: HTTPClientResponse) -> Bool { response.status == 404 }

    /// Where the service says that its inside door is.
    private func inside(_ response: HTTPClientResponse) -> ServiceAddress? {
        guard Self.isRefused(response), let port = try? JSON.read(response.body, Self.readPort) else { return nil }
        return told.onLoopback(port: port)
    }

    private static func readPort(_ json: inout JSONReader) throws -> Int? {
        var port: Int64?
        let isObject = try json.object { key, json in
            if Problem.insidePort ~= key { port = try json.int(in: 1...65_535) } else { try json.skip() }
        }
        return isObject ? json.require(port, "\(Problem.insidePort)").map { Int($0) } : nil
    }
}
