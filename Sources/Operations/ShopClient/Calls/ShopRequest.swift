import HTTPAPI

/// Something that a service is asked, by its public API.
package struct ShopRequest: Sendable {
    package var service: ShopAddresses.Service
    package var method: String
    /// With its query; what others chose in it is percent-encoded.
    package var path: String
    /// JSON
    package var body: [UInt8]?
    /// Its `Idempotency-Key`: said twice, it is done once.
    package var idempotencyKey: String?

    package init(
        _ method: String, _ path: String, of service: ShopAddresses.Service, body: [UInt8]? = nil,
        idempotencyKey: String? = nil
    ) {
        self.service = service
        self.method = method
        self.path = path
        self.body = body
        self.idempotencyKey = idempotencyKey
    }

    /// Whether something is otherwise afterwards.
    var changes: Bool { method != "GET" }

    /// Whether it may be sent again when nobody knows whether it was done. A PATCH of ours says what is to be, so twice is as once.
    var isRepeatable: Bool { method == "GET" || method == "PATCH" || idempotencyKey != nil }
}

extension ShopRequest {
    /// Text as one segment of a path.
    package static func segment(_ text: String) -> String { PercentEncoding.segment(text) }

    /// `?a=b&c=d`, or nothing.
    package static func query(_ values: [(name: String, value: String)]) -> String {
        let items = values.map { "\($0.name)=\(PercentEncoding.segment($0.value))" }
        return items.isEmpty ? "" : "?" + items.joined(separator: "&")
    }
}
