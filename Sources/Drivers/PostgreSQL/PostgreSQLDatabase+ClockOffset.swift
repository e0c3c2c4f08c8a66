internal import Glibc

extension PostgreSQLDatabase {
    /// How far this machine's clock is ahead of the server's, in seconds, give or take half of what the question takes.
    package func clockOffset() async throws -> Double {
        try await read { connection in
            let before = Self.now
            let server = try connection.run("SELECT \(PostgreSQLClock.now)").first { Double($0.int(0)) / 1_000 }
            return server.map { (before + Self.now) / 2 - $0 } ?? 0
        }
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
