import Foundation
import ServiceLife

/// Inside doors, each replica's for itself: a name that has several addresses is several replicas.
enum StatusDoors {
    static func resolved(
        _ doors: [(service: String, address: ServiceAddress)]
    ) async -> [(service: String, address: ServiceAddress)] {
        var resolved: [(service: String, address: ServiceAddress)] = []
        for door in doors {
            let hosts = await addresses(of: door.address)
            resolved += hosts.count > 1 ? hosts.map { (door.service, $0) } : [door]
        }
        return resolved
    }

    /// The system's resolver may take its time, so it is asked beside Swift's threads.
    private static func addresses(of address: ServiceAddress) async -> [ServiceAddress] {
        guard address.unixSocket == nil, let url = URLComponents(string: address.base), url.scheme == "http",
            let host = url.host
        else { return [] }
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var addresses: [ServiceAddress] = []
                for number in numbers(of: host) {
                    var one = url
                    one.host = number
                    if let text = one.string { addresses.append(ServiceAddress(url: text, tokens: address.tokens)) }
                }
                continuation.resume(returning: addresses)
            }
        }
    }

    /// The IPv4 addresses of a name, in a lasting order.
    private static func numbers(of host: String) -> [String] {
        var hints = addrinfo()
        hints.ai_family = AF_INET
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &found) == 0 else { return [] }
        defer { freeaddrinfo(found) }
        var numbers: Set<String> = []
        var next = found
        while let entry = next {
            next = entry.pointee.ai_next
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let code = getnameinfo(
                entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            if code == 0 {
                numbers.insert(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
            }
        }
        return numbers.sorted()
    }
}
