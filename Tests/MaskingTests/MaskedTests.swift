import Masking
import Testing

@Suite struct MaskedTests {
    @Test(arguments: [
        ("http://user:secret@host:8081/x does not answer", "http://***@host:8081/x does not answer"),
        ("--database postgres//user:se:c@ret@host/db must be", "--database postgres//***@host/db must be"),
        ("DATABASE_URL=user:secret@host/db must be", "DATABASE_URL=***@host/db must be"),
        ("missing \"=\" after \"postgres//u:secret@h\" in", "missing \"=\" after \"postgres//***@h\" in"),
        ("host=db password=secret user=x", "host=db password=*** user=x"),
        ("x?a=1&sslpassword=secret&b=2", "x?a=1&sslpassword=***&b=2"),
        ("sasl.password=secret", "sasl.password=***"), ("told ada@example.com", "told ada@example.com"),
        ("nothing = here", "nothing = here"),
    ])
    func secretsAreTakenOut(_ text: String, _ masked: String) {
        #expect(Masked.text(text) == masked)
    }

    @Test(arguments: [
        ("postgres://shop:secret@host/db", true), ("postgres://host/db?user=shop&password=secret", true),
        ("postgres://host/db?password=secret", true), ("http://user:secret@host:8081", true),
        ("postgres://shop@host:5432/db?sslmode=require", false), ("postgres://shop@[::1]:5432/db", false),
        ("sqlite:data/order.db", false), ("sqlite:shop:1@home/order.db", false), ("http://127.0.0.1:8081", false),
        ("unix:data/inventory.sock", false),
    ])
    func anAddressWithAPasswordIsKnown(_ address: String, _ hasSecret: Bool) {
        #expect(Masked.hasSecret(address) == hasSecret)
    }

    @Test func theRestOfAPasswordIsTakenOut() {
        #expect(
            Masked.address("could not translate host name \"cret@host\" to address")
                == "could not translate host name \"***@host\" to address")
    }
}
