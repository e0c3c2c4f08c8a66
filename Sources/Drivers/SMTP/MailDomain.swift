internal import CCurl

/// A domain as the DNS has it, and servers that know no other letters than ASCII's.
package enum MailDomain {
    /// An international domain's A-labels (RFC 5890); one in ASCII as it is. nil: it is no domain.
    package static func ascii(_ domain: String) -> String? {
        guard !domain.utf8.allSatisfy({ $0 < 0x80 }) else { return domain }
        guard let host = shim_ascii_host(domain) else { return nil }
        defer { curl_free(host) }
        let text = String(cString: host)
        return text.utf8.allSatisfy { $0 < 0x80 } ? text : nil
    }
}
