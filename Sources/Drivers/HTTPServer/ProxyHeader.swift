internal import Glibc

/// What a proxy writes before the bytes of its client: the PROXY protocol, version 1 or 2
/// (https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt).
struct ProxyHeader: Equatable {
    /// nil when the proxy speaks for itself.
    let client: ClientAddress?
    /// Bytes of the header.
    let size: Int

    enum Finding: Equatable {
        case header(ProxyHeader)
        case incomplete
        /// The connection begins without one.
        case none
    }

    private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    private static let word = Array("PROXY ".utf8)
    /// Of version 1, as its text says.
    private static let maximumLine = 107
    /// Of version 2, behind the addresses there may be more than we ask for.
    private static let maximumExtent = 2_048

    static let malformed = RequestFault.malformed("the PROXY protocol's header is malformed")

    static func find(in bytes: UnsafeRawBufferPointer) throws(RequestFault) -> Finding {
        if bytes.prefix(word.count).elementsEqual(word.prefix(bytes.count)) {
            return bytes.count < word.count ? .incomplete : try readLine(bytes)
        }
        if bytes.prefix(signature.count).elementsEqual(signature.prefix(bytes.count)) {
            return bytes.count < 16 ? .incomplete : try readBinary(bytes)
        }
        return .none
    }

    private static func readLine(_ bytes: UnsafeRawBufferPointer) throws(RequestFault) -> Finding {
        guard let end = bytes.prefix(maximumLine).firstIndex(of: .lineFeed) else {
            guard bytes.count < maximumLine else { throw malformed }
            return .incomplete
        }
        guard bytes[end - 1] == .carriageReturn else { throw malformed }
        let text = String(decoding: bytes.part(word.count..<end - 1), as: UTF8.self)
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        if parts[0] == "UNKNOWN" { return .header(ProxyHeader(client: nil, size: end + 1)) }
        guard parts.count == 5, let client = ClientAddress(parts[1]), ClientAddress(parts[2]) != nil,
            UInt16(parts[3]) != nil, UInt16(parts[4]) != nil,
            parts[0] == "TCP4" && !parts[1].contains(":") || parts[0] == "TCP6" && parts[1].contains(":")
        else { throw malformed }
        return .header(ProxyHeader(client: client, size: end + 1))
    }

    private static func readBinary(_ bytes: UnsafeRawBufferPointer) throws(RequestFault) -> Finding {
        let extent = Int(bytes[14]) << 8 | Int(bytes[15])
        guard bytes[12] >> 4 == 2, bytes[12] & 0xF <= 1, extent <= maximumExtent else { throw malformed }
        guard bytes.count >= 16 + extent else { return .incomplete }
        let size = 16 + extent
        // A proxy's own check of health.
        guard bytes[12] & 0xF == 1 else { return .header(ProxyHeader(client: nil, size: size)) }
        switch bytes[13] >> 4 {
        case 1:
            guard extent >= 12 else { throw malformed }
            return .header(ProxyHeader(client: ClientAddress(bytes.part(16..<20)), size: size))
        case 2:
            guard extent >= 36 else { throw malformed }
            return .header(ProxyHeader(client: ClientAddress(bytes.part(16..<32)), size: size))
        default: return .header(ProxyHeader(client: nil, size: size))
        }
    }
}
