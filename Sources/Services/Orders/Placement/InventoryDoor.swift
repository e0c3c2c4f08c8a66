import HTTPClient
import JSON
import ServiceHost
import Synchronization

/// Which door of the inventory service takes the order service's calls.
///
/// It is the address that we were told. Where that is an inventory service's port for everybody, which took these calls
/// before there was an inside door, the service says where its inside door is, on the same machine's loopback. We go there
/// until it is gone: then we look at the first address again, for an older inventory service may be back.
final class InventoryDoor: Sendable {
    private let told: ServiceAddress
    private let found = Mutex<ServiceAddress?>(nil)

    init(_ told: ServiceAddress) {
        self.told = told
    }

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
        guard let address = inside(response) else { return response }
        found.withLock { $0 = address }
        return try await call(address)
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
