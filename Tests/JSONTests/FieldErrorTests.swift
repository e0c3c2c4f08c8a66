import Testing

@testable import JSON

@Suite struct FieldErrorTests {
    struct Item: Equatable {
        var product: String
        var quantity: Int64
    }

    struct Order: Equatable {
        var customer: String
        var isGift: Bool?
        var note: String?
        var items: [Item]

        init?(_ reader: inout JSONReader) throws {
            var customer: String?
            var isGift: Bool?
            var note: String?
            var items: [Item]?
            let isObject = try reader.object { key, reader in
                switch key {
                case "customer": customer = try reader.string()
                case "is_gift": isGift = try reader.bool()
                case "note": note = try reader.null() ? nil : try reader.string()
                case "items":
                    var read: [Item] = []
                    let isCount = try reader.array(count: 1...3) { reader in
                        if let item = try Self.item(&reader) { read.append(item) }
                    }
                    if isCount { items = read }
                default: break
                }
            }
            guard isObject else { return nil }
            guard let customer = reader.require(customer, "customer"), let items = reader.require(items, "items") else {
                return nil
            }
            (self.customer, self.isGift, self.note, self.items) = (customer, isGift, note, items)
        }

        static func item(_ reader: inout JSONReader) throws -> Item? {
            var product: String?
            var quantity: Int64?
            let isObject = try reader.object { key, reader in
                switch key {
                case "product": product = try reader.string()
                case "quantity": quantity = try reader.int(in: 1...1_000)
                default: break
                }
            }
            guard isObject else { return nil }
            let needed = (reader.require(product, "product"), reader.require(quantity, "quantity"))
            guard case (let product?, let quantity?) = needed else { return nil }
            return Item(product: product, quantity: quantity)
        }
    }

    func errors(_ text: String) -> [String] {
        fieldErrors(text) { reader in try Order(&reader).map { _ in true } }
    }

    @Test func readsWhatIsAsAsked() throws {
        let text = """
            {"x": {"deep": [1, {"y": "z"}]}, "c\\u0075stomer": "Zo\\u00eb", "note": null, "is_gift": true,
             "items": [{"quantity": 1000, "product": "a\\nb", "z": []}, {"product": "", "quantity": 1}], "more": 1e400}
            """
        let order = try JSON.read(Array(text.utf8)) { reader in try Order(&reader) }
        #expect(order.customer == "Zoë")
        #expect(order.isGift == true)
        #expect(order.note == nil)
        #expect(order.items == [Item(product: "a\nb", quantity: 1000), Item(product: "", quantity: 1)])
    }

    @Test func namesEveryFieldAtOnce() {
        let text = """
            {"customer": 5, "is_gift": "yes", "note": {"a": [1, 2]},
             "items": [{"quantity": 0, "product": "a"}, {"quan\\u0074ity": "5"}, [1], {"quantity": 1001, "product": null}]}
            """
        #expect(
            errors(text) == [
                "customer: must be a string", "is_gift: must be true or false", "note: must be a string",
                "items[0].quantity: must be a whole number from 1 to 1000",
                "items[1].quantity: must be a whole number from 1 to 1000", "items[1].product: is required",
                "items[2]: must be an object", "items: must have 1 to 3 elements",
            ])
    }

    @Test func requiresOnce() {
        #expect(errors("{}") == ["customer: is required"])
        #expect(errors(#"{"customer": "c"}"#) == ["items: is required"])
        #expect(errors(#"{"customer": "c", "items": 5}"#) == ["items: must be an array"])
        #expect(errors(#"{"customer": "c", "items": []}"#) == ["items: must have 1 to 3 elements"])
        #expect(
            errors(#"{"customer": "c", "items": [{}]}"#) == [
                "items[0].product: is required", "items[0].quantity: is required",
            ])
        #expect(
            errors(#"{"customer": null, "items": [{"product":"p","quantity":1}]}"#) == ["customer: must be a string"])
        #expect(errors("[]") == [": must be an object"])
        #expect(
            JSONReadError.fields([
                .init(field: "", message: "must be an object"), .init(field: "a", message: "is required"),
            ])
            .text(of: "the data") == "the data must be an object; a is required")
        #expect(errors("null") == [": must be an object"])
    }

    @Test func requireKnowsMembersByTheirWholeName() {
        // A noted `items_count` says nothing of `items`; a noted `items[0]` and `items.x` do.
        for (noted, expected) in [("items_count", 2), ("items", 1), ("items[0]", 1), ("items.x", 1)] {
            let errors = fieldErrors("{}") { reader in
                reader.note("is wrong", member: noted)
                return reader.require(nil as Bool?, "items")
            }
            #expect(errors.count == expected, "\(noted)")
        }
    }

    @Test func syntaxComesBeforeFields() {
        for text in [
            #"{"customer": 5, "items": 6"#, #"{"customer": 5} x"#, #"{"customer": 5, "y": "\#u{1}"}"#,
            #"{"customer": [1,]}"#,
        ] {
            #expect(throws: JSONReadError.self) { try JSON.read(Array(text.utf8)) { try Order(&$0) } }
            #expect(syntaxError(text) != nil)
        }
    }

    @Test func keepsAHundredErrors() {
        let text = "[" + Array(repeating: "\"\"", count: 1_000).joined(separator: ",") + "]"
        let errors = fieldErrors(text) { reader in
            try reader.array(count: 0...2_000) { reader in _ = try reader.bool() }
        }
        #expect(errors.count == 100)
        #expect(errors.last == "[99]: must be true or false")
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("5", 5), ("-5", -5), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("1000000000", 1_000_000_000), ("1.0", 1), ("-0.0", 0), ("0e0", 0), ("0.000e-5", 0), ("1e2", 100),
            ("1E0", 1),
            ("1.50e1", 15), ("100e-2", 1), ("-2.5e+1", -25), ("100.00", 100), ("10.0", 10), ("0.01e2", 1),
            ("9.223372036854775807e18", .max), ("-9223372036854775808.0", .min), ("0e99999999999999999999999", 0),
            ("0.0000000000000000000000000001e28", 1),
        ] as [(String, Int64)])
    func takesWholeNumbers(text: String, number: Int64) throws {
        #expect(try JSON.read(Array(text.utf8)) { try $0.int(in: .min ... .max) } == number)
        #expect(try JSON.read(Array(text.utf8)) { try $0.int(in: number...number) } == number)
    }

    @Test(arguments: [
        "1.5", "1e-1", "1.05e1", "10e-2", "1e19", "9.3e18", "1e99999999999999999999999", "1e-99999999999999999999999",
        "9223372036854775807.5", "\"5\"", "true", "null", "[5]", "{\"a\":5}", "9223372036854775808",
        "-9223372036854775809", "18446744073709551616", "92233720368547758070", "123456789012345678901234567890",
        "1e400",
    ])
    func refusesWhatIsNoWholeNumber(text: String) {
        #expect(fieldErrors(text) { try $0.int(in: .min ... .max).map { _ in true } } == [": must be a whole number"])
        let inside = fieldErrors("[7,\(text),8]") { reader in
            var sum: Int64 = 0
            _ = try reader.array(count: 3...3) { reader in sum += try reader.int(in: 0 ... .max) ?? 0 }
            #expect(sum == 15)
            return true
        }
        #expect(inside == ["[1]: must be a whole number of 0 or more"])
    }

    @Test func saysRanges() {
        func message(_ text: String, _ range: ClosedRange<Int64>) -> [String] {
            fieldErrors(text) { try $0.int(in: range).map { _ in true } }
        }
        #expect(message("0", 1...5) == [": must be a whole number from 1 to 5"])
        #expect(message("6", 1...5) == [": must be a whole number from 1 to 5"])
        #expect(message("6", .min...5) == [": must be a whole number of 5 or less"])
        #expect(message("6", 7 ... .max) == [": must be a whole number of 7 or more"])
        #expect(message("5", 1...5) == [])
        #expect(message("1", 1...5) == [])
    }

    @Test func countsElements() {
        func check(_ text: String, _ count: ClosedRange<Int>) -> (calls: Int, errors: [String]) {
            var calls = 0
            let errors = fieldErrors(text) { reader in
                try reader.array(count: count) { _ in calls += 1 }
            }
            return (calls, errors)
        }
        #expect(check("[]", 0...0) == (0, []))
        #expect(check("[1]", 0...0) == (0, [": must have no elements"]))
        #expect(check("[1,2]", 2...2) == (2, []))
        #expect(check("[1]", 2...2) == (1, [": must have 2 elements"]))
        #expect(check("[1,[2],{\"a\":3}]", 1...2) == (2, [": must have 1 to 2 elements"]))
        #expect(check("[]", 1 ... .max) == (0, [": must have 1 element or more"]))
        #expect(check("[]", 1...2) == (0, [": must have 1 to 2 elements"]))
        // What is past the count is still checked.
        #expect(throws: JSONReadError.self) {
            try JSON.read(Array("[1,2,03]".utf8)) { try $0.array(count: 0...1) { _ in } }
        }
    }

    @Test func nullIsTakenOrLeft() throws {
        var seen: [String] = []
        let text = #"{"a": null, "b": 5, "c": "null", "d": null, "e": "last"}"#
        _ = try JSON.read(Array(text.utf8)) { reader in
            try reader.object { key, reader in
                if key.string == "d" { return }
                if try reader.null() {
                    seen.append(key.string + " null")
                } else if key.string == "b" {
                    seen.append("b \(try reader.int(in: 0...9) ?? -1)")
                }
            }
        }
        #expect(seen == ["a null", "b 5"])
        #expect(throws: JSONReadError.self) { try JSON.read(Array("nul".utf8)) { try $0.null() } }
    }

    @Test(arguments: ["null", "-1.50e+3", "\"a\\u0041\"", "[ 1,\t2 ]", "{\"a\" : { } }", "true"])
    func rawIsAsItStands(text: String) throws {
        #expect(try JSON.read(Array("  \(text) \n".utf8)) { try $0.raw() } == Array(text.utf8))
        let member = try JSON.read(Array("{\"x\": 1, \"a\": \(text), \"b\": 2}".utf8)) { reader in
            var raw: [UInt8]?
            _ = try reader.object { key, reader in if case "a" = key { raw = try reader.raw() } }
            return raw
        }
        #expect(member == Array(text.utf8))
        #expect(throws: JSONReadError.self) { try JSON.read(Array("[\(text)".utf8)) { try $0.raw() } }
    }

    @Test func keysCompareBytes() throws {
        var seen: [String] = []
        let text = #"{"a": 1, "ab": 1, "": 1, "\u0061bc": 1, "é": 1, "e\u0301": 1, "abcd": 1}"#
        _ = try JSON.read(Array(text.utf8)) { reader in
            try reader.object { key, _ in
                switch key {
                case "": seen.append("empty")
                case "a": seen.append("a")
                case "abc": seen.append("abc")
                case "\u{E9}": seen.append("é")
                case "abcde": seen.append("none")
                default: seen.append("other " + key.string)
                }
            }
        }
        #expect(seen == ["a", "other ab", "empty", "abc", "é", "other e\u{301}", "other abcd"])
    }

    @Test func anUnreadDocumentIsChecked() throws {
        #expect(try JSON.read(Array(" {\"a\": 1} ".utf8)) { _ in 7 } == 7)
        #expect(throws: JSONReadError.self) { try JSON.read(Array("{\"a\": 1,}".utf8)) { _ in 7 } }
        #expect(throws: JSONReadError.self) { try JSON.read([]) { _ in 7 } }
    }
}
