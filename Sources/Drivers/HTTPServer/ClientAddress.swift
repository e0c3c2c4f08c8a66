internal import CLinux
internal import Glibc

/// The address of a client, IPv4 or IPv6. An IPv4 address that came over an IPv6 socket is the IPv4 address.
package struct ClientAddress: Sendable, Hashable, CustomStringConvertible {
    /// An IPv4 address as `::ffff:a.b.c.d`.
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// In network order: 4 bytes or 16.
    init?(_ bytes: UnsafeRawBufferPointer) {
        switch bytes.count {
        case 4:
            high = 0
            low = 0xFFFF_0000_0000 | UInt64(UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)))
        case 16:
            high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
            low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        default: return nil
        }
    }

    /// `192.0.2.7`, `2001:db8::7`.
    package init?(_ text: some StringProtocol) {
        var bytes: [UInt8] = [UInt8](repeating: 0, count: 16)
        let isIPv6 = text.contains(":")
        guard inet_pton(isIPv6 ? AF_INET6 : AF_INET, String(text), &bytes) == 1 else { return nil }
        guard let address = bytes.withUnsafeBytes({ Self($0.part(0..<(isIPv6 ? 16 : 4))) }) else { return nil }
        self = address
    }

    /// nil where the other end has no such address: a Unix socket.
    init?(_ address: sockaddr_storage) {
        let bytes: ClientAddress? = withUnsafeBytes(of: address) { bytes in
            switch Int32(address.ss_family) {
            case AF_INET: ClientAddress(bytes.part(4..<8))
            case AF_INET6: ClientAddress(bytes.part(8..<24))
            default: nil
            }
        }
        guard let bytes else { return nil }
        self = bytes
    }

    var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// What counts as one client: an IPv4 address, or the /64 that a network gives to one household or machine.
    package var client: ClientAddress { isIPv4 ? self : ClientAddress(high: high, low: 0) }

    package var description: String {
        if isIPv4 {
            return "\(low >> 24 & 0xFF).\(low >> 16 & 0xFF).\(low >> 8 & 0xFF).\(low & 0xFF)"
        }
        var words = [high.bigEndian, low.bigEndian]
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(AF_INET6, &words, &text, socklen_t(text.count))
        return text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }
}
