import SQLite
package import Timestamps

extension EmbeddedEventLog {
    /// Notes that the log lives on elsewhere: from now on whoever opens the file is refused, and told where.
    ///
    /// - Parameter place: Kafka's bootstrap servers, as `--kafka` takes them.
    package func noteMoved(to place: String, at time: Timestamp) async throws(EventLogError) {
        do {
            try await database.write { connection in
                try connection.execute(
                    "UPDATE identity SET moved_to = ?, moved_at = ?", [.text(place), .integer(time.milliseconds)])
            }
        } catch {
            throw Self.error(error)
        }
    }

    /// Where the log lives on, as `noteMoved` was told, and since when; nil: here.
    package func moved() async throws(EventLogError) -> (place: String, time: Timestamp)? {
        try await reading { connection in
            try connection.first("SELECT moved_to, moved_at FROM identity WHERE moved_to IS NOT NULL") {
                (place: $0.text(0), time: Timestamp(milliseconds: $0.int(1)))
            }
        }
    }

    /// Throws `.refused` where the log lives on elsewhere: what is in the file since is the past, or only a part.
    func refuseMoved() async throws(EventLogError) {
        guard let moved = try await moved() else { return }
        throw EventLogError(
            .refused,
            "\(path) was moved to Kafka at \(moved.place) on \(moved.time.rfc3339), and is the past: say --kafka \(moved.place), or set KAFKA_BOOTSTRAP_SERVERS"
        )
    }
}
