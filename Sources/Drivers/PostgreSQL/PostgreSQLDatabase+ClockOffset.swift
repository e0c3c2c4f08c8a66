internal import Glibc

extension PostgreSQLDatabase {
    /// How far this machine's clock is ahead of the server's, in seconds, at least: when in the course of the question the server looked at
    /// its clock is not known. One that takes long tells little.
    package func clockOffset() async throws -> Double {
        try await read { connection in
            let before = Self.now
            let server = try connection.run("SELECT \(PostgreSQLClock.now)").first { Double($0.int(0)) / 1_000 }
            return server.map { Self.offset(of: before...max(before, Self.now), from: $0) } ?? 0
        }
    }

    /// The smallest that it can be.
    static func offset(of question: ClosedRange<Double>, from server: Double) -> Double {
        if server < question.lowerBound { return question.lowerBound - server }
        return server > question.upperBound ? question.upperBound - server : 0
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
