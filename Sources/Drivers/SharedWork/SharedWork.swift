internal import Glibc

/// What was done at once for several requests.
package struct SharedWork: Sendable {
    /// What one followed request has of it.
    package struct Part: Sendable {
        package let follower: any RequestFollower
        /// When it was asked for, in nanoseconds since 1970.
        package let asked: UInt64
        package var hasFailed = false

        package init(_ follower: any RequestFollower, asked: UInt64) {
            self.follower = follower
            self.asked = asked
        }

        /// A part of what is asked for now; nil where nobody follows the request.
        package static func ofThisRequest() -> Part? {
            FollowedRequest.follower.map { Part($0, asked: SharedWork.now()) }
        }
    }

    /// Those of requests that are followed; one at least.
    package let parts: [Part]
    /// All parts that it had.
    package let count: Int
    /// Nanoseconds since 1970.
    package let began: UInt64
    package let ended: UInt64

    /// Ends it now, and tells who follows; nobody where `parts` is empty.
    package static func end(_ parts: [Part], of count: Int, since began: UInt64) {
        guard let first = parts.first else { return }
        first.follower.ended(SharedWork(parts: parts, count: count, began: began, ended: now()))
    }

    /// By the system's clock, as traces want it.
    package static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
