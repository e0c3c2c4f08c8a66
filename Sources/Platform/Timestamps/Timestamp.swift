#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A moment, to the millisecond. Leap seconds do not exist: every day has 86,400 seconds, as in POSIX.
package struct Timestamp: Sendable, Hashable, Comparable {
    /// Since 1970-01-01T00:00:00Z, negative before it.
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The system's clock, which may be set back.
    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// This moment moved by `seconds`, to the nearest millisecond. What Int64 can't hold stops at its ends; NaN moves
    /// nothing.
    package func advanced(bySeconds seconds: Double) -> Timestamp {
        guard !seconds.isNaN else { return self }
        let distance = Int64(exactly: (seconds * 1000).rounded()) ?? (seconds < 0 ? .min : .max)
        let (sum, overflow) = milliseconds.addingReportingOverflow(distance)
        return Timestamp(milliseconds: overflow ? (distance < 0 ? .min : .max) : sum)
    }

    /// How long after `earlier` this is, in seconds; negative when it is before.
    package func seconds(since earlier: Timestamp) -> Double {
        let (distance, overflow) = milliseconds.subtractingReportingOverflow(earlier.milliseconds)
        return overflow ? (Double(milliseconds) - Double(earlier.milliseconds)) / 1000 : Double(distance) / 1000
    }

    package static func < (one: Timestamp, other: Timestamp) -> Bool {
        one.milliseconds < other.milliseconds
    }
}
