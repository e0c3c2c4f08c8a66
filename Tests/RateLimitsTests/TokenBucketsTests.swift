import Testing

@testable import RateLimits

@Suite struct TokenBucketsTests {
    private static let second: UInt64 = 1_000_000_000

    /// As many of `count` requests at one time as are let through.
    private static func taken(_ buckets: TokenBuckets, _ client: UInt64, _ count: Int, at now: UInt64) -> Int {
        (0..<count).count { _ in buckets.take(client, now: now) == nil }
    }

    @Test func aBurstAndThenTheRate() {
        let buckets = TokenBuckets(rate: 100, burst: 200)
        let start = 7 * Self.second
        #expect(Self.taken(buckets, 1, 1_000, at: start) == 200)
        // A token in ten milliseconds.
        #expect(buckets.take(1, now: start) == 10_000_000)
        #expect(buckets.take(1, now: start + 9_999_999) == 1)
        #expect(buckets.take(1, now: start + 10_000_000) == nil)
        #expect(Self.taken(buckets, 1, 1_000, at: start + Self.second) == 99)
        // Full again, and no fuller.
        #expect(Self.taken(buckets, 1, 1_000, at: start + 3_600 * Self.second) == 200)
    }

    /// Refused requests cost no tokens: whoever slows down is let through at once.
    @Test func aFloodThatEndsIsForgiven() {
        let buckets = TokenBuckets(rate: 10, burst: 20)
        for millisecond in 0..<10_000 as Range<UInt64> { _ = buckets.take(1, now: millisecond * 1_000_000) }
        // A second later, or nearly 1.1 since a token was taken.
        #expect((10...11).contains(Self.taken(buckets, 1, 100, at: 11 * Self.second)))
    }

    @Test func eachHasItsOwn() {
        let buckets = TokenBuckets(rate: 1, burst: 2)
        #expect(Self.taken(buckets, 1, 1_000, at: 0) == 2)
        #expect(Self.taken(buckets, 2, 1_000, at: 0) == 2)
    }

    /// A hundred thousand addresses grow nothing, and whoever floods among them stays refused as long as it goes on.
    @Test func theTableNeverGrows() {
        let buckets = TokenBuckets(rate: 500, burst: 1_000, clients: 16_384)
        #expect(buckets.count == 16_384)
        var random = SystemRandomNumberGenerator()
        let flooder = UInt64.random(in: 1...(.max), using: &random)
        var (now, passed): (UInt64, Int) = (Self.second, 0)
        for _ in 0..<100_000 {
            now += 20_000
            #expect(buckets.take(UInt64.random(in: 1...(.max), using: &random), now: now) == nil)
            for _ in 0..<2 where buckets.take(flooder, now: now) == nil { passed += 1 }
        }
        #expect(buckets.count == 16_384)
        // Two seconds: a burst, and the rate.
        #expect((1_990...2_010).contains(passed), "\(passed)")
    }

    @Test func aKnownClientAlone() {
        let buckets = TokenBuckets(rate: 1, burst: 1)
        #expect(buckets.takeIfThere(5, now: 0) == nil)
        buckets.add(5)
        #expect(buckets.takeIfThere(5, now: 0) == .token)
        buckets.add(5)
        #expect(buckets.takeIfThere(5, now: 0) == .wait(Self.second))
        buckets.remove(5)
        #expect(buckets.takeIfThere(5, now: 0) == nil)
    }
}
