import Testing

@testable import JSON

/// A member that is misspelled is named, with what was probably meant.
@Suite struct MembersTests {
    private static let members = JSONMembers.named([
        .init("customer", .any), .init("gift", .any),
        .init("items", .elements(.named([.init("product_id", .any), .init("quantity", .any)]))),
        .init("metadata", .each(.any)), .init("nothing", .named([])),
    ])

    /// What is wrong with a document, read by somebody who takes none of it.
    private func errors(_ text: String, _ members: JSONMembers? = members) -> [String] {
        do throws(JSONReadError) {
            _ = try JSON.read(Array(text.utf8), members: members) { json in
                try json.object { key, json in
                    switch key {
                    case "items": _ = try json.array(count: 0...2) { json in _ = try json.object { try $1.skip() } }
                    case "metadata", "nothing": _ = try json.object { _, _ in }
                    case "gift": _ = try json.bool()
                    default: try json.skip()
                    }
                }
            }
            return []
        } catch {
            guard case .fields(let errors) = error else { return ["\(error)"] }
            return errors.map { "\($0.field): \($0.message)" }
        }
    }

    @Test func whatIsKnownIsNoError() {
        #expect(
            errors(#"{"customer":{"x":[{"y":1}]},"items":[{"product_id":1}],"metadata":{"x":1},"nothing":{}}"#) == [])
    }

    @Test func whatIsUnknownIsNamedWhereItStands() {
        #expect(
            errors(#"{"custommer":1,"items":[{"quantity":1},{"quantitiy":1}]}"#) == [
                "custommer: unknown member `custommer`: did you mean `customer`?",
                "items[1].quantitiy: unknown member `quantitiy`: did you mean `quantity`?",
            ])
        #expect(
            errors(#"{"items":[{"productId":1,"Quantity":2}]}"#) == [
                "items[0].productId: unknown member `productId`: did you mean `product_id`?",
                "items[0].Quantity: unknown member `Quantity`: did you mean `quantity`?",
            ])
    }

    @Test func whereNothingIsNearAllAreNamed() {
        #expect(
            errors(#"{"items":[{"colour":1}],"nothing":{"x":1}}"#) == [
                "items[0].colour: unknown member `colour`: here are `product_id`, `quantity`",
                "nothing.x: unknown member `x`: there is none here",
            ])
    }

    /// What is in an unknown one is not looked at, nor what is behind the elements that are read.
    @Test func oneIsNamedOnce() {
        #expect(errors(#"{"gft":{"a":{"b":1}}}"#) == ["gft: unknown member `gft`: did you mean `gift`?"])
        #expect(errors(#"{"items":[{},{},{"x":1}]}"#) == ["items: must have 0 to 2 elements"])
        #expect(errors(#"{"gift":{"x":1}}"#) == ["gift: must be true or false"])
    }

    @Test func withoutADeclarationAnyIsPassedOver() {
        #expect(errors(#"{"custommer":1,"nothing":{"x":1}}"#, nil) == [])
        #expect(errors(#"{"custommer":1}"#, .any) == [])
    }

    @Test func aNameIsTheSameHoweverItIsWritten() {
        #expect(errors(#"{"\u0063ustomer":1}"#) == [])
    }

    /// A name as long as a body makes no answer as long, and takes no time; neither do a hundred thousand.
    @Test func whatIsSaidOfManyAndOfLongOnesIsBounded() throws {
        let long = errors(#"{"\#(String(repeating: "x", count: 1 << 20))":1}"#)
        #expect(long.count == 1 && long[0].utf8.count < 400 && long[0].hasSuffix("`metadata`, `nothing`"))
        let many = errors("{" + (0..<100_000).map { #""x\#($0)":1"# }.joined(separator: ",") + "}")
        #expect(many.count == 100)
    }
}
