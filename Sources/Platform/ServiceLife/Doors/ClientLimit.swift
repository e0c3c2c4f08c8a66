internal import Glibc
internal import HTTPAPI
internal import HTTPServer
internal import RateLimits
internal import Telemetry

/// How many requests a second one client of a public door may send: who shows a key that was found to be good, by that key, and
/// everybody else by address. It comes before all else, so that a refusal costs less than what is refused.
///
/// A key counts for itself only while it is known to be good. So a flood with made-up keys, each looked up once at most, uses up
/// what its address has, and from then on costs no look-up. Meanwhile who shows a good key from there, as from behind a proxy that
/// does not say for whom it calls, is not held up.
package final class ClientLimit: Sendable {
    /// Requests a second of one client, where nobody says otherwise: more than 40 million a day. A benchmark is more.
    package static let usualRate = 500
    package static let rates = 0...1_000_000
    /// Seconds of its rate that a client may send at once, after it was silent as long.
    private static let burst = 2

    private let keys: TokenBuckets
    private let addresses: TokenBuckets

    /// - Parameter rate: requests a second, 1 at least
    package init(rate: Int) {
        keys = TokenBuckets(rate: rate, burst: rate * Self.burst, clients: 4_096)
        addresses = TokenBuckets(rate: rate, burst: rate * Self.burst)
    }

    /// What says whether a process lives and is ready is asked for by those who start and stop it, whatever goes on.
    private static let exempt: Set<String> = [HealthOperations.live.pattern, HealthOperations.ready.pattern]

    /// - Parameter now: nanoseconds of a clock that only goes forward
    func refuse(_ request: HTTPArrivingRequest, now: UInt64 = ClientLimit.now) -> HTTPResponse? {
        if let route = request.route, Self.exempt.contains(route) { return nil }
        guard let wait = wait(request, now: now) else { return nil }
        return Problem.tooManyRequests(wait: wait).response(trace: TraceContext.of(request.headers).traceID)
    }

    /// Nanoseconds; nil: it may pass.
    private func wait(_ request: HTTPArrivingRequest, now: UInt64) -> UInt64? {
        if let key = request.headers["authorization"].flatMap(Bearer.token(in:)) {
            switch keys.takeIfThere(Self.number(key), now: now) {
            case .token: return nil
            case .wait(let wait): return wait
            case nil: break
            }
        }
        // Over a Unix socket comes this user alone.
        guard let client = request.client?.client else { return nil }
        return addresses.take(Self.number(client), now: now)
    }

    /// A key was looked up: from now on it counts for itself, or for its address.
    package func found(_ key: String, isGood: Bool) {
        let number = Self.number(Substring(key))
        if isGood { keys.add(number) } else { keys.remove(number) }
    }

    /// With this process's own seed, so that nobody can aim at a bucket.
    private static func number(_ value: some Hashable) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(value)
        return max(1, UInt64(bitPattern: Int64(hasher.finalize())))
    }

    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

extension Problem {
    /// 429, with the seconds after which a request may pass.
    static func tooManyRequests(wait nanoseconds: UInt64) -> Problem {
        .unavailable(
            .tooManyRequests, "This client sends more requests than it may. Nothing was changed; try again.",
            retryAfter: Int(max(1, (nanoseconds + 999_999_999) / 1_000_000_000)))
    }
}
