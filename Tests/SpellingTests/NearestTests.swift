import Testing

@testable import Spelling

@Suite struct NearestTests {
    @Test(arguments: [
        ("kafka", "kafka", 0), ("kafak", "kafka", 1), ("", "abc", 3), ("abc", "", 3), ("sitting", "kitten", 3),
    ])
    func countsMistakes(one: String, other: String, count: Int) {
        #expect(distance(one, other) == count)
        #expect(distance(other, one) == count)
    }

    @Test func whatWasMeantIsNear() {
        let names = ["product_id", "quantity", "qty"]
        #expect(nearest(to: "quantitiy", of: names) == "quantity")
        #expect(nearest(to: "productid", of: names) == "product_id")
        #expect(nearest(to: "colour", of: names) == nil && nearest(to: "", of: names) == nil)
        // Of equals the first, and nothing of which no letter is the same.
        #expect(nearest(to: "x", of: ["y", "xy", "xz"]) == "xy")
    }
}
