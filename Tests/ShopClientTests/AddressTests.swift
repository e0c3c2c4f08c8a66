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

    @Test(
        arguments: [
            (ShopAddresses.usual, nil), ("http://localhost/api", nil), ("http://[::1]:8080", nil),
            ("http://LOCALHOST", nil),
            ("https://shop.example", nil), ("http://shop.example/", "http://shop.example"),
            ("http://127.0.0.1,https://a,http://10.0.0.7:8082", "http://10.0.0.7:8082"),
            ("http://127.0.0.1.shop.example", "http://127.0.0.1.shop.example"), ("http://127.1", "http://127.1"),
            ("http://[2001:db8::1]:80", "http://[2001:db8::1]:80"),
            ("http://localhost.example", "http://localhost.example"),
        ] as [(String, String?)])
    func whatCanBeReadOnTheWayIsKnown(_ text: String, _ address: String?) throws {
        #expect(try #require(ShopAddresses(text)).unencrypted == address)
    }

    @Test(arguments: [
        "", "shop", "ftp://shop", "http://", "http://a,http://b", "http://a,http://b,http://c,http://d", "http://a b",
        "http://user@shop", "http://shop?x", "http://a,,http://c",
    ])
    func whatIsNoAddressIsRefused(_ text: String) {
        #expect(ShopAddresses(text) == nil)
    }
}
