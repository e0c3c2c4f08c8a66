import Testing

@testable import ShopClient

@Suite struct AddressTests {
    @Test func oneAddressIsForAll() throws {
        let one = try #require(ShopAddresses("https://shop.example/api/"))
        #expect(one.isOne && one[.inventory] == "https://shop.example/api" && one[.order] == one[.notification])
    }

    @Test func threeAreInTheirOrder() throws {
        let usual = try #require(ShopAddresses(ShopAddresses.usual))
        #expect(!usual.isOne)
        #expect(ShopAddresses.Service.allCases.map { usual[$0].suffix(4) } == ["8080", "8081", "8082"])
    }

    @Test(arguments: [
        "", "shop", "ftp://shop", "http://", "http://a,http://b", "http://a,http://b,http://c,http://d", "http://a b",
        "http://user@shop", "http://shop?x", "http://a,,http://c",
    ])
    func whatIsNoAddressIsRefused(_ text: String) {
        #expect(ShopAddresses(text) == nil)
    }
}
