import Databases
import HTTPServer
import JSON
import Testing

@testable import HTTPAPI

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
        let values = try values([("limit", "7"), ("cursor", ""), ("age", "0"), ("colour", "red")])
        #expect(values[Self.colour] == "red" && values[Self.address] == nil && values.number(Self.age) == 0)
        #expect(values.number(Page.limit) == 7 && values[Page.cursor] == "")
    }

    @Test func whatIsUnknownIsToldWithWhatThereIs() {
        #expect(
            errors([("age", "1"), ("Limit", "1"), ("", "x")])
                == ["Limit", ""].map { "\($0) is unknown: GET /people takes colour, address, age, limit and cursor" })
        #expect(errors([("x", "")], []) == ["x is unknown: GET /people takes no parameters"])
        #expect(errors([("x", "")], [Page.limit]) == ["x is unknown: GET /people takes limit"])
    }

    @Test func aTimeIsOneOfRFC3339() {
        let since = QueryParameter("since", .time, description: "")
        for time in ["2026-01-31T09:30:00Z", "2026-01-31T09:30:00.123+01:00", "2026-01-31t09:30:00z"] {
            #expect(errors([("since", time)], [since]) == [])
        }
        let complaint = "since must be a time such as 2026-01-31T09:30:00Z (RFC 3339)"
        for time in ["", "yesterday", "2026-01-31", "1767225600"] {
            #expect(errors([("since", time)], [since]) == [complaint])
        }
        #expect(
            errors([("since", "2026-01-31T09:30:00 01:00")], [since])
                == [complaint + "; a + in a query is a space: write %2B"])
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

    /// As many as a head has room for: what nobody is told is not written.
    @Test func thousandsOfFaultsAreNamedByTheHundred() {
        let query = (0..<7_500).map { ("x\($0)", "") }
        #expect(errors(query).count == 101, "and that age is required")
        let problem = #expect(throws: Problem.self) { try values(query) }
        #expect(problem?.detail == "100 fields or more are not as they should be. Nothing was changed.")
        let two = #expect(throws: Problem.self) { try values([("x", ""), ("y", ""), ("age", "1")]) }
        #expect(two?.detail == "2 fields are not as they should be. Nothing was changed.")
    }

    @Test(arguments: ["", "0", "201", "+5", " 5", "5 ", "1e2", "0x10", "-1", "5.0", "99999999999999999999", "٥"])
    func nonsenseIsNoLimit(_ text: String) {
        #expect(errors([("age", "1"), ("limit", text)]).count == 1)
    }
}
