import Crypto
import Synchronization

/// Those who signed in with a key, in a browser. They are kept in memory alone: a console that starts anew asks again, and what a browser
/// keeps is of no use anywhere else.
final class Sessions: Sendable {
    struct Session: Sendable, Hashable {
        /// The key that was signed in with: each request of the session is made with it, and so is good for no longer than the key is.
        let key: String
        /// What a change has to show besides the cookie.
        let proof: String
        let until: ContinuousClock.Instant
    }

    static let lifetime: Duration = .seconds(12 * 3_600)
    /// The oldest ends where there would be more: of all, and of one key, which signs nobody else out.
    private static let (most, mostOfAKey) = (1_000, 20)

    /// By the hash of what the cookie says, so that how long a look takes tells nothing of it.
    private let sessions = Mutex<[[UInt8]: Session]>([:])

    /// - Returns: what the cookie says, and the session
    func begin(key: String, at now: ContinuousClock.Instant = .now) -> (
        cookie: String, session: Session
    ) {
        let cookie = Self.secret()
        let session = Session(key: key, proof: Self.secret(), until: now + Self.lifetime)
        sessions.withLock { sessions in
            sessions = sessions.filter { $0.value.until > now }
            let same = sessions.filter { $0.value.key == key }
            let crowded = same.count >= Self.mostOfAKey ? same : sessions.count >= Self.most ? sessions : [:]
            if let oldest = crowded.min(by: { $0.value.until < $1.value.until })?.key { sessions[oldest] = nil }
            sessions[Self.hash(cookie)] = session
        }
        return (cookie, session)
    }

    func find(_ cookie: String, at now: ContinuousClock.Instant = .now) -> Session? {
        sessions.withLock { $0[Self.hash(cookie)] }.flatMap { $0.until > now ? $0 : nil }
    }

    func end(_ cookie: String) {
        sessions.withLock { $0[Self.hash(cookie)] = nil }
    }

    private static func hash(_ text: String) -> [UInt8] { SHA256.hash(Array(text.utf8)) }

    /// 256 bits that nobody can guess, as hexadecimal digits.
    private static func secret() -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: RandomBytes.make(32).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }
}

extension Sessions.Session {
    /// In a time that does not tell how much of it is right.
    func isProven(by shown: String) -> Bool {
        SHA256.hash(Array(shown.utf8)) == SHA256.hash(Array(proof.utf8))
    }
}
