import Testing

@testable import Timestamps

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (1_795_492_276_123, "2026-11-24T03:51:16.123Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func writesAndReads(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test func writesTheNearestWritableMoment() {
        #expect(Timestamp(milliseconds: .min).rfc3339 == "0000-01-01T00:00:00.000Z")
        #expect(Timestamp(milliseconds: .max).rfc3339 == "9999-12-31T23:59:59.999Z")
    }

    @Test(
        arguments: [
            ("2026-11-24T03:51:16Z", 1_795_492_276_000),
            ("2026-11-24t03:51:16z", 1_795_492_276_000),
            ("2026-11-24T03:51:16.1Z", 1_795_492_276_100),
            ("2026-11-24T03:51:16.12Z", 1_795_492_276_120),
            ("2026-11-24T03:51:16.123999999Z", 1_795_492_276_123),
            ("1969-12-31T23:59:59.9999Z", -1),
            ("2026-11-24T05:51:16.123+02:00", 1_795_492_276_123),
            ("2026-11-23T22:21:16.123-05:30", 1_795_492_276_123),
            ("1970-01-01T00:00:00-00:00", 0),
            ("1970-01-01T23:59:00+23:59", 0),
        ] as [(String, Int64)])
    func readsOffsetsAndFractions(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
        #expect(Timestamp(rfc3339: "x\(text)".dropFirst())?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2026", "2026-11-24", "2026-11-24T03:51:16", "2026-11-24 03:51:16Z", "2026-11-24T03:51Z",
        "2026-11-24T03:51:16.Z", "2026-11-24T03:51:16.1234567890Z", "2026-11-24T03:51:16,5Z",
        "2026-11-24T24:00:00Z", "2026-11-24T23:60:00Z", "2016-12-31T23:59:60Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
        "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-11-24T03:51:16+0200", "2026-11-24T03:51:16+24:00", "2026-11-24T03:51:16+02:60",
        "2026-11-24T03:51:16+2:00",
        "2026-11-24T03:51:16ZZ", " 2026-11-24T03:51:16Z", "2026-11-24T03:51:16Z ", "+026-11-24T03:51:16Z",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "２026-11-24T03:51:16Z",
    ])
    func refuses(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func everyDayOfTwoCyclesOfTheCalendarFollowsItsNeighbour() {
        var expected = CivilDate(year: 1600, month: 1, day: 1)
        for days in Int64(-135_140)..<Int64(157_054) {
            let date = CivilDate(daysSince1970: days)
            guard date.year == expected.year, date.month == expected.month, date.day == expected.day, date.exists,
                date.daysSince1970 == days
            else {
                Issue.record("day \(days) is \(date), not \(expected)")
                return
            }
            expected.day += 1
            if !expected.exists { expected = CivilDate(year: expected.year, month: expected.month + 1, day: 1) }
            if !expected.exists { expected = CivilDate(year: expected.year + 1, month: 1, day: 1) }
        }
        #expect(expected.year == 2400)
    }

    @Test func movesByWholeMillisecondsAndStopsAtTheEnds() {
        let moment = Timestamp(milliseconds: 1000)
        #expect(moment.advanced(bySeconds: 1.5).milliseconds == 2500)
        #expect(moment.advanced(bySeconds: -2).milliseconds == -1000)
        #expect(moment.advanced(bySeconds: 0.0004).milliseconds == 1000)
        #expect(moment.advanced(bySeconds: .nan) == moment)
        #expect(moment.advanced(bySeconds: .infinity).milliseconds == .max)
        #expect(moment.advanced(bySeconds: -.infinity).milliseconds == .min + 1000)
        #expect(Timestamp(milliseconds: .max).advanced(bySeconds: 1).milliseconds == .max)
        #expect(Timestamp(milliseconds: .min).advanced(bySeconds: -1e300).milliseconds == .min)
    }

    @Test func measuresDistances() {
        #expect(Timestamp(milliseconds: 2500).seconds(since: Timestamp(milliseconds: 1000)) == 1.5)
        #expect(Timestamp(milliseconds: .min).seconds(since: Timestamp(milliseconds: .max)) < -1e16)
        #expect(Timestamp(milliseconds: 1) < Timestamp(milliseconds: 2))
    }

    @Test func nowIsAfterThisWasWritten() {
        let now = Timestamp.now()
        #expect(now > Timestamp(milliseconds: 1_700_000_000_000))
        #expect(Timestamp(rfc3339: now.rfc3339) == now)
    }
}
