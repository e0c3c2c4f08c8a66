import ExactText
import JSON
import JSONSchema
import Shop
import Testing

/// What an order may have besides: as loose as addresses are, and bounded.
@Suite struct OrderDetailsTests {
    private func errors<Value>(_ text: String, _ body: (inout JSONReader) throws -> Value?) -> [String] {
        do throws(JSONReadError) {
            _ = try JSON.read(Array(text.utf8)) { json in
                _ = try body(&json); return true
            }
            return []
        } catch {
            guard case .fields(let errors) = error else { return ["\(error)"] }
            return errors.map { "\($0.field) \($0.message)" }
        }
    }

    private func address(_ text: String) throws -> ShippingAddress? {
        try JSON.read(Array(text.utf8)) { json in .some(try ShippingAddress.read(&json)) }
    }

    private func metadata(_ text: String) throws -> Metadata? {
        try JSON.read(Array(text.utf8)) { json in .some(try Metadata.read(&json)) }
    }

    private func long(_ count: Int) -> String { String(repeating: "🎁", count: count) }

    @Test func anAddressIsWrittenAsItIsRead() throws {
        let text = """
            {"name":"Ada","company":"Analytical","line1":"12 St James's Square","line2":"2nd floor","city":"London",\
            "state":"Greater London","postal_code":"SW1Y 4JH","country":"GB","phone":"ask for Ada"}
            """
        let read = try #require(try address(text))
        #expect(read.postalCode == "SW1Y 4JH" && read.phone == "ask for Ada")
        var json = JSONWriter()
        read.write(to: &json)
        #expect(String(decoding: json.finish(), as: UTF8.self) == text)
    }

    /// Forms send what nobody filled in.
    @Test func whatIsEmptyIsMissing() throws {
        #expect(try address("{}") == nil)
        #expect(try address(#"{"name":"","company":null,"city":"  "}"#) == nil)
        let read = try #require(try address(#"{"name":"","city":"Oslo"}"#))
        #expect(read.name == nil && read.city == "Oslo")
    }

    @Test func anAddressHasItsLimits() {
        #expect(errors(#"{"city":"\#(long(200))"}"#, ShippingAddress.read) == [])
        #expect(
            errors(#"{"city":"\#(long(201))","line1":"a\nb","state":7}"#, ShippingAddress.read) == [
                "city must have at most 200 characters", "line1 must not have control characters",
                "state must be a string",
            ])
        #expect(errors("[]", ShippingAddress.read) == [" must be an object"])
    }

    @Test func aNoteMayHaveLines() throws {
        func note(_ text: String) throws -> ExactText? {
            try JSON.read(JSONSchema.json(text)) { json in .some(try json.looseLines(limit: Text.noteLimit)) }
        }
        #expect(try note("Ring twice.\r\n\tThanks!\n") == "Ring twice.\r\n\tThanks!\n")
        #expect(try note(" \n") == nil)
        #expect(try note(long(2_000)) == ExactText(long(2_000)))
        for text in [long(2_001), "a\u{0}", "a\u{b}", "a\u{85}", "a\u{2028}", "a\u{fffe}"] {
            #expect(throws: JSONReadError.self, "\(text.prefix(9))") { try note(text) }
        }
    }

    @Test func metadataIsTheSameInAnyOrder() throws {
        let one = try metadata(#"{"b":"2","a":"line\nbreak","ü":""}"#)
        #expect(one == (try metadata(#"{"ü":"","a":"line\nbreak","b":"2"}"#)))
        #expect(one?.entries.map(\.key) == ["a", "b", "ü"])
        #expect(try metadata("{}") == nil)
        var json = JSONWriter()
        one?.write(to: &json)
        #expect(String(decoding: json.finish(), as: UTF8.self) == #"{"a":"line\nbreak","b":"2","ü":""}"#)
    }

    @Test func metadataHasItsLimits() {
        let full = (0..<50).map { #""\#($0)":"\#(long(500))""# }.joined(separator: ",")
        #expect(errors("{\(full)}", Metadata.read) == [])
        #expect(errors("{\(full),\"x\":\"\"}", Metadata.read) == [" must have at most 50 entries"])
        #expect(errors(#"{"\#(long(40))":""}"#, Metadata.read) == [])
        let wrong = errors(
            #"{"\#(long(41))":"","":"x","a":"\#(long(501))","b":1,"c":"\u0000"}"#, Metadata.read)
        let expected = [
            "a key must have at most 40 characters", "a key must not be blank", "a must have at most 500 characters",
            "b must be a string", "c must not have control characters but line breaks and tabs",
        ]
        #expect(wrong.count == expected.count && zip(wrong, expected).allSatisfy { $0.hasSuffix($1) }, "\(wrong)")
    }

    @Test func whatHasNothingIsNothing() {
        #expect(OrderDetails() == nil && Shipment(carrier: nil, trackingNumber: nil) == nil)
        let details = OrderDetails(note: "x", carrier: "DHL")
        #expect(details?.shipment == Shipment(carrier: "DHL", trackingNumber: nil))
        #expect(OrderDetails.of(details, shippedBy: nil) == OrderDetails(note: "x"))
        #expect(OrderDetails.of(OrderDetails(carrier: "DHL"), shippedBy: nil) == nil)
        #expect(OrderDetails.of(nil, shippedBy: details?.shipment) == OrderDetails(carrier: "DHL"))
    }
}
