/// Where a shop's services are asked.
package struct ShopAddresses: Sendable, Equatable {
    package enum Service: Int, Sendable, CaseIterable {
        case order, inventory, notification
    }

    /// As `up`, `make run` and the containers' gateway have them.
    package static let usual = "http://127.0.0.1:8080,http://127.0.0.1:8081,http://127.0.0.1:8082"
    package static let forms =
        "http://HOST[:PORT][/PATH] where one gateway has all, or three of them, separated by commas: order, inventory, notification"

    /// Without slashes at their ends, in the order of the services.
    private let bases: [String]

    /// nil: it is none of `forms`.
    package init?(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 1 || parts.count == Service.allCases.count else { return nil }
        var bases: [String] = []
        for part in parts {
            guard let base = Self.base(part) else { return nil }
            bases.append(base)
        }
        self.bases = bases.count == 1 ? Service.allCases.map { _ in bases[0] } : bases
    }

    package subscript(service: Service) -> String { bases[service.rawValue] }

    /// Whether all are asked at one address.
    package var isOne: Bool { Set(bases).count == 1 }

    /// The first address at which what is sent can be read on the way: `http:`, and not on this machine.
    package var unencrypted: String? {
        bases.first { base in
            guard base.hasPrefix("http://") else { return false }
            let authority = base.dropFirst(7).prefix { $0 != "/" }
            let host =
                authority.first == "[" ? authority.prefix { $0 != "]" }.dropFirst() : authority.prefix { $0 != ":" }
            return !Self.isLoopback(host)
        }
    }

    /// `localhost`, `::1` or an address of 127.0.0.0/8, written in full.
    private static func isLoopback(_ host: Substring) -> Bool {
        if host.lowercased() == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func base(_ text: Substring) -> String? {
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        guard !authority.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !rest.contains(where: { "?#@\\".contains($0) })
        else { return nil }
        var base = String(text)
        while base.hasSuffix("/") { base.removeLast() }
        return base
    }
}
