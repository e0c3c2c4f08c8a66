import Testing

@testable import Load

@Suite struct LatencyHistogramTests {
    /// Three significant digits: a thousandth of the value.
    @Test(arguments: [1_000, 50_000, 20_000_000, 900_000_000_000] as [UInt64])
    func percentilesAreThoseOfTheSortedValues(_ largest: UInt64) {
        var dice = Dice(seed: largest)
        var histogram = LatencyHistogram()
        let values = (0..<20_000).map { _ in UInt64.random(in: 0...largest, using: &dice) }
        for value in values { histogram.record(value) }
        let sorted = values.sorted()
        for part in [0.001, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = sorted[Int((part * 20_000).rounded(.up)) - 1]
            let found = histogram.percentile(part)
            #expect(found >= exact)
            #expect(Double(found - exact) <= Double(exact) / 1_000)
        }
        #expect(histogram.count == 20_000)
        #expect(histogram.maximum == sorted.last)
        #expect(histogram.percentile(1) == sorted.last)
    }

    @Test func smallValuesAreExact() {
        var histogram = LatencyHistogram()
        for value in 0...2_047 { histogram.record(UInt64(value)) }
        #expect(histogram.percentile(0.5) == 1_023)
        #expect(histogram.percentile(0.25) == 511)
    }

    @Test func theLongestAndNothingAreCounted() {
        var histogram = LatencyHistogram()
        #expect(histogram.percentile(0.99) == 0)
        histogram.record(.max)
        #expect(histogram.percentile(0.5) == LatencyHistogram.longest)
        histogram.clear()
        #expect(histogram.count == 0)
        #expect(histogram.percentile(1) == 0)
    }
}
