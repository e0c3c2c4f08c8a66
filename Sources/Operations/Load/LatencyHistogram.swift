/// Counts times by size, as HdrHistogram does: three significant digits over the whole range, in memory that never grows
/// (about 130 KB). What is asked of it is exact but for that width of a bucket, less than a thousandth of the value.
package struct LatencyHistogram: Sendable {
    /// 18 minutes. What is longer counts as this.
    package static let longest: UInt64 = 1 << 40 - 1

    /// Below this each value has a bucket of its own; above, each doubling has half as many.
    private static let linear = 2_048
    private static let half = linear / 2
    private static let buckets = linear + (40 - 11) * half

    private var counts = [UInt32](repeating: 0, count: buckets)
    package private(set) var count = 0
    /// Nanoseconds, exact; 0 when nothing was counted.
    package private(set) var maximum: UInt64 = 0

    package init() {}

    /// `nanoseconds`: how long it took.
    package mutating func record(_ nanoseconds: UInt64) {
        let value = min(nanoseconds, Self.longest)
        // A bucket that is full stays so: four thousand million of one size.
        if counts[Self.bucket(of: value)] < .max { counts[Self.bucket(of: value)] += 1 }
        count += 1
        maximum = max(maximum, value)
    }

    /// Nanoseconds that `part` (0 to 1) of what was counted did not exceed; 0 when nothing was counted.
    package func percentile(_ part: Double) -> UInt64 {
        guard count > 0 else { return 0 }
        let wanted = max(1, Int((part * Double(count)).rounded(.up)))
        var seen = 0
        for (bucket, inIt) in counts.enumerated() where inIt > 0 {
            seen += Int(inIt)
            if seen >= wanted { return min(Self.upperEnd(of: bucket), maximum) }
        }
        return maximum
    }

    package mutating func clear() {
        for bucket in counts.indices { counts[bucket] = 0 }
        count = 0
        maximum = 0
    }

    private static func bucket(of value: UInt64) -> Int {
        let shift = max(0, UInt64.bitWidth - value.leadingZeroBitCount - 11)
        return shift * half + Int(value >> UInt64(shift))
    }

    /// The largest value that falls into a bucket.
    private static func upperEnd(of bucket: Int) -> UInt64 {
        guard bucket >= linear else { return UInt64(bucket) }
        let shift = bucket / half - 1
        return UInt64(bucket - shift * half + 1) << UInt64(shift) - 1
    }
}
