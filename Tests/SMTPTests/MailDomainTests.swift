import SMTP
import Testing

@Suite struct MailDomainTests {
    /// RFC 5890; whatever the process's locale is.
    @Test(arguments: [
        ("example.com", "example.com"), ("b\u{fc}cher.example", "xn--bcher-kva.example"),
        ("B\u{dc}CHER.example", "xn--bcher-kva.example"), ("[192.0.2.1]", "[192.0.2.1]"),
    ]) func anInternationalOneIsWrittenInASCII(_ domain: String, _ ascii: String) {
        #expect(MailDomain.ascii(domain) == ascii)
    }

    @Test func whatIsNoDomainHasNone() {
        #expect(MailDomain.ascii("b\u{fc}cher .example") == nil)
    }
}
