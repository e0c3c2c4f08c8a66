internal import CPostgreSQL

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// What a connection string says of where to connect to, as libpq reads it.
struct ConnectionURL {
    /// One server to try: a name or an address, or a socket's folder.
    struct Host: Equatable {
        var name: String
        /// Where the name is known to be; empty: libpq finds out itself.
        var address = ""
        /// Empty: the usual one.
        var port: String
    }

    /// Settings for the server, empty or after a space.
    private(set) var options = ""
    private var host: String?
    private var port: String?
    /// Whether addresses are given already.
    private var hasAddress = false

    /// What libpq says of an URL that it can't read quotes it, with its password.
    private static let unreadable = PostgreSQLError(
        .unavailable,
        "PostgreSQL: the URL can't be read; it is postgres://USER@HOST/DATABASE, and what is special in a name or a password is percent-encoded"
    )

    init(_ url: String) throws(PostgreSQLError) {
        guard !Self.isCutAtASlash(url), let list = PQconninfoParse(url, nil) else { throw Self.unreadable }
        defer { PQconninfoFree(list) }
        var option = list
        while let keyword = option.pointee.keyword {
            defer { option += 1 }
            guard let value = option.pointee.val.map({ String(cString: $0) }) else { continue }
            switch String(cString: keyword) {
            case "options": options = " " + value
            case "host": host = value
            case "hostaddr": hasAddress = true
            case "port": port = value
            default: break
            }
        }
        host = host ?? Self.environment("PGHOST")
        port = port ?? Self.environment("PGPORT")
        if Self.environment("PGHOSTADDR") != nil { hasAddress = true }
    }

    /// The hosts in the order in which they are tried, where one of them has a name to be looked up; otherwise none.
    var namedHosts: [Host] {
        guard !hasAddress, let host else { return [] }
        let names = host.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let ports = (port ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard ports.count == 1 || ports.count == names.count, names.contains(where: Self.isToBeLookedUp) else {
            return []
        }
        return names.enumerated().map { Host(name: $1, port: ports.count == 1 ? ports[0] : ports[$0]) }
    }

    /// Whether it is a name: no socket's path, and no address.
    static func isToBeLookedUp(_ host: String) -> Bool {
        guard let first = host.utf8.first, first != UInt8(ascii: "/"), first != UInt8(ascii: "@") else { return false }
        var address = in6_addr()
        return inet_pton(AF_INET, host, &address) != 1 && inet_pton(AF_INET6, host, &address) != 1
            && !host.utf8.contains(UInt8(ascii: ":"))
    }

    /// `postgres://shop:pass/word@db/orders`: to libpq the host is `shop`, the port `pass`, and errors would say so.
    private static func isCutAtASlash(_ url: String) -> Bool {
        guard let slashes = url.firstRange(of: "://") else { return false }
        let rest = url[slashes.upperBound...].prefix { $0 != "?" }
        guard let slash = rest.firstIndex(of: "/") else { return false }
        return !rest[..<slash].contains("@") && rest[slash...].contains("@")
    }

    private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
