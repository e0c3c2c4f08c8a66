import Foundation
import TestBroker
import TestDatabase
import TestProcess

/// Debian's PgBouncer before the PostgreSQL of the tests.
enum PgBouncer {
    private static let program = "/usr/sbin/pgbouncer"
    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program) }

    /// Runs `body` with the URL of a new database, through a PgBouncer with a pool of `size` server connections.
    static func with(
        mode: String, size: Int, ignoresOptions: Bool, _ body: @Sendable (String) async throws -> Void
    ) async throws {
        try await TestPostgreSQL.withURL { server in
            let folder = FileManager.default.temporaryDirectory.appending(path: "pgbouncer-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            guard var parts = URLComponents(string: server), let host = parts.host, let user = parts.user else {
                throw Failed(server)
            }
            let name = parts.path.dropFirst()
            let password = parts.password.map { " password='\($0)'" } ?? ""
            let port = Int(try FreePorts.take(1)[0])
            let settings = folder.appending(path: "pgbouncer.ini")
            try """
            [databases]
            \(name) = host=\(host) port=\(parts.port ?? 5_432) user=\(user)\(password)
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(port)
            unix_socket_dir =
            auth_type = any
            pool_mode = \(mode)
            default_pool_size = \(size)
            \(ignoresOptions ? "ignore_startup_parameters = options" : "")
            """.write(to: settings, atomically: true, encoding: .utf8)
            let process = ChildProcess()
            process.executableURL = URL(filePath: program)
            // It refuses to run as root.
            process.arguments = (geteuid() == 0 ? ["-u", "nobody"] : []) + [settings.path]
            (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
            try process.run()
            defer {
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
            (parts.host, parts.port) = ("127.0.0.1", port)
            guard let url = parts.string else { throw Failed("no URL") }
            try await untilItAnswers(port)
            try await body(url)
        }
    }

    private static func untilItAnswers(_ port: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while !isAnswering(port) {
            guard ContinuousClock.now < deadline else { throw Failed("PgBouncer does not start") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private static func isAnswering(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private struct Failed: Error {
        init(_: String) {}
    }
}
