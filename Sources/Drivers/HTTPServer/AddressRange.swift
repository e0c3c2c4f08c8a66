/// An address, or all addresses that share its first bits: `10.1.2.3`, `10.0.0.0/8`, `fd00::/8`.
package struct AddressRange: Sendable, Equatable {
    private let first: ClientAddress
    /// Of 128; an IPv4 address has its own in the last 32.
    private let bits: Int

    /// nil for another form, or more bits than an address has.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = ClientAddress(parts[0]) else { return nil }
        let width = first.isIPv4 && !parts[0].contains(":") ? 32 : 128
        let bits = parts.count == 2 ? Int(parts[1]) : width
        guard let bits, (0...width).contains(bits) else { return nil }
        self.first = first
        self.bits = 128 - width + bits
    }

    package func contains(_ address: ClientAddress) -> Bool {
        Self.agree(first.high, address.high, bits: min(bits, 64))
            && Self.agree(first.low, address.low, bits: max(0, bits - 64))
    }

    private static func agree(_ one: UInt64, _ other: UInt64, bits: Int) -> Bool {
        bits == 0 || (one ^ other) >> UInt64(64 - bits) == 0
    }
}
