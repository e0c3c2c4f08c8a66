internal import Masking
internal import Synchronization
package import Timestamps

/// What a service has logged as wrong.
package struct LoggedTrouble: Sendable, Hashable {
    package var time: Timestamp
    package var level: LogLevel
    package var message: String
    /// Why, as its line had it.
    package var error: String?
}

/// The last line of each service that told of something wrong: for whoever asks how it is, long after the line has gone by.
final class LastTroubles: Sendable {
    private let last = Mutex<[String: LoggedTrouble]>([:])

    func note(_ level: LogLevel, _ service: String, _ message: String, _ fields: some Sequence<LogField>) {
        let error = fields.first { $0.key == "error" }?.value
        let trouble = LoggedTrouble(
            time: .now(), level: level, message: Masked.text(message), error: error.map { Masked.text($0) })
        last.withLock { $0[service] = trouble }
    }

    /// The latest of these services; nil: nothing was wrong since the start.
    func latest(of services: Set<String>) -> LoggedTrouble? {
        last.withLock { last in services.compactMap { last[$0] }.max { $0.time < $1.time } }
    }
}
