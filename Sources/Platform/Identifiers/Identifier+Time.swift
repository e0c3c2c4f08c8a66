import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension Identifier {
    /// A UUIDv7 of now. In one process each is greater than all before it, on whatever thread: `rand_a` holds the
    /// fraction of the millisecond in steps of 1/4096 (RFC 9562, section 6.2, method 3), and a step that is taken, or
    /// a clock set back, makes it the step after the last. 62 random bits keep the identifiers of processes apart.
    package static func time() -> Identifier {
        let step = nextStep(now: currentStep())
        var random = SystemRandomNumberGenerator()
        return Identifier(
            high: (step >> 12) << 16 | 0x7000 | step & 0xfff,
            low: random.next() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000)
    }

    /// Whether it is a UUIDv7, as `time` makes them.
    package var isOfTime: Bool { high & 0xf000 == 0x7000 }

    /// The moment of a UUIDv7, in milliseconds since 1970; of another version it says nothing.
    package var timeInMilliseconds: Int64 { Int64(high >> 16) }

    /// The step of the last identifier given out.
    private static let last = Atomic<UInt64>(0)

    /// `now`, or the step after the last where that is later.
    static func nextStep(now: UInt64) -> UInt64 {
        var previous = last.load(ordering: .relaxed)
        while true {
            let step = max(now, previous + 1)
            let outcome = last.weakCompareExchange(expected: previous, desired: step, ordering: .relaxed)
            if outcome.exchanged { return step }
            previous = outcome.original
        }
    }

    /// The system's clock in 1/4096 of a millisecond since 1970.
    private static func currentStep() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let nanoseconds = UInt64(time.tv_nsec)
        let milliseconds = UInt64(max(0, time.tv_sec)) * 1000 + nanoseconds / 1_000_000
        return milliseconds << 12 | nanoseconds % 1_000_000 * 4096 / 1_000_000
    }
}
