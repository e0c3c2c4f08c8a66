import Testing

@testable import Console

/// What is read of the services' answers, and what can't be.
@Suite struct ServiceAnswersTests {
    @Test func stepsThatCanNotBeReadAreCounted() throws {
        let body = """
            {"status":"shipped","history":[{"status":"confirmed","at":"2026-01-31T09:30:00Z"},{"status":"shipped","at":"soon"}]}
            """
        let steps = try #require(OrderSteps(Array(body.utf8)))
        #expect(steps.steps.map(\.status) == ["confirmed"] && steps.unread == 1)
        #expect(OrderSteps(Array("[]".utf8)) == nil)
    }

    @Test func messagesThatCanNotBeReadOrDoNotFitAreKnown() throws {
        let body = """
            {"notifications":[{"created_at":"2026-01-31T09:30:01Z"},{"created_at":5},{"created_at":"2026-01-31T09:30:00Z"}],\
            "next_cursor":"x"}
            """
        let found = try #require(OrderMessages(Array(body.utf8), most: 200))
        #expect(found.messages.count == 2 && found.unread == 1 && found.hasMore)
        #expect(found.messages[0].createdAt < found.messages[1].createdAt)
        let all = try #require(OrderMessages(Array(#"{"notifications":[],"next_cursor":null}"#.utf8), most: 200))
        #expect(!all.hasMore && all.unread == 0)
    }
}
