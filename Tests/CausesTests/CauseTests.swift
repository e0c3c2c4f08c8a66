import Testing

@testable import Causes

@Suite struct CauseTests {
    @Test func aNameIsShortAndPlain() {
        for text in ["a", "shop.backend_2-x", String(repeating: "k", count: 64), "..."] {
            #expect(CallerName(text)?.text == text)
        }
        for text in [
            "", String(repeating: "k", count: 65), "two words", "schlüssel", "a/b", "a\nb", "a\"b", "a=b", "a@b",
        ] {
            #expect(CallerName(text) == nil, "\(text)")
        }
    }

    @Test func severalHaveACallerOnlyWhereEachHasIt() {
        let (shop, staff) = (CallerName("shop"), CallerName("staff"))
        let one = Cause(traceparent: "t1", caller: shop)
        #expect(Cause(of: [one, Cause(traceparent: "t2", caller: shop)]) == one)
        #expect(Cause(of: [one, Cause(traceparent: "t2", caller: staff)]) == Cause(traceparent: "t1"))
        #expect(Cause(of: [one, .unknown]) == Cause(traceparent: "t1"))
        #expect(Cause(of: [.unknown, one]) == .unknown)
        #expect(Cause(of: []) == .unknown)
    }
}
