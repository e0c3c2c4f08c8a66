import HTTPServer
import JSON
import Testing

@testable import ServiceHost

@Suite struct QueryTests {
    private static let colour = QueryParameter("colour", .choice(["red", "blue"]), description: "")
    private static let address = QueryParameter(
        "address", .text(limit: 10), description: "", complaint: { $0.contains(" ") ? "must have no spaces" : nil })
    private static let age = QueryParameter("age", .number(0...150), isRequired: true, description: "")
    private static let all = [colour, address, age, Page.limit, Page.cursor]

    private func values(_ query: [(String, String)], _ declared: [QueryParameter] = all) throws(Problem) -> QueryValues
    {
        try QueryValues(query.map { HTTPQueryItem(name: $0.0, value: $0.1) }, declared, of: "GET /people")
    }

    /// The fields and messages of the 422.
    private func errors(_ query: [(String, String)], _ declared: [QueryParameter] = all) -> [String] {
        do {
            _ = try values(query, declared)
            return []
        } catch {
            return error.errors.map { "\($0.field) \($0.message)" }
        }
    }

    @Test func whatIsDeclaredIsRead() throws {
        let values = try values([("limit", "7"), ("cursor", "p1f"), ("age", "0"), ("colour", "red")])
        #expect(values[Self.colour] == "red" && values[Self.address] == nil && values.number(Self.age) == 0)
        #expect(Page(values) == Page(limit: 7, after: 31))
        #expect(Page(try self.values([], [])) == Page(limit: 50, after: nil))
        #expect(Page(try self.values([("age", "1"), ("cursor", "")])).after == nil)
    }

    @Test func whatIsUnknownIsToldWithWhatThereIs() {
        #expect(
            errors([("age", "1"), ("Limit", "1"), ("", "x")])
                == ["Limit", ""].map { "\($0) is unknown: GET /people takes colour, address, age, limit and cursor" })
        #expect(errors([("x", "")], []) == ["x is unknown: GET /people takes no parameters"])
        #expect(errors([("x", "")], [Page.limit]) == ["x is unknown: GET /people takes limit"])
    }

    @Test func everyFaultIsNamedAtOnce() {
        #expect(
            errors([("limit", "1"), ("limit", "2"), ("colour", "Red"), ("address", "12345678901")]) == [
                "limit must be given once", "colour must be one of red, blue",
                "address must have at most 10 characters",
                "age is required",
            ])
        #expect(
            errors([("age", "1"), ("address", "a b")])
                == ["address must have no spaces; a + in a query is a space: write %2B"])
        #expect(errors([("age", "1"), ("address", "")]) == ["address must not be empty"])
    }

    @Test(arguments: ["", "0", "201", "+5", " 5", "5 ", "1e2", "0x10", "-1", "5.0", "99999999999999999999", "٥"])
    func nonsenseIsNoLimit(_ text: String) {
        #expect(errors([("age", "1"), ("limit", text)]).count == 1)
    }

    @Test(arguments: ["p", "x1", "p-1", "null"]) func nonsenseIsNoCursor(_ text: String) {
        #expect(
            errors([("age", "1"), ("cursor", text)]) == ["cursor must be a next_cursor that a page before answered"])
    }
}
