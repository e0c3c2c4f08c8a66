import Crypto

/// What a receiver and we share, so that it can tell our calls from others' (Standard Webhooks, "Signature scheme"). While a secret is being
/// replaced there are two, and each signs.
package struct WebhookSecrets: Sendable {
    private let secrets: [[UInt8]]

    /// The text of a file: one secret a line, `whsec_` and base64 of 24 to 64 bytes.
    ///
    /// - Throws: `Flaw`, which says what is wrong and nothing of the secret
    package init(text: String) throws(Flaw) {
        var secrets: [[UInt8]] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimming(" \t")
            guard !line.isEmpty else { continue }
            guard line.hasPrefix(Self.prefix), let bytes = Base64.decode(String(line.dropFirst(Self.prefix.count))),
                (24...64).contains(bytes.count)
            else {
                throw Flaw("holds something other than `whsec_` and 24 to 64 bytes in base64, a line for each secret")
            }
            secrets.append(bytes)
        }
        guard (1...Self.most).contains(secrets.count) else { throw Flaw("holds no secret, or more than \(Self.most)") }
        self.secrets = secrets
    }

    private static let prefix = "whsec_"
    private static let most = 4

    package struct Flaw: Error, CustomStringConvertible {
        package let description: String
        init(_ description: String) { self.description = description }
    }

    /// The value of `webhook-signature`: of `id.timestamp.body`, by each secret.
    package func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
        let signed = Array("\(id).\(timestamp).".utf8) + body
        return secrets.map { "v1," + Base64.encode(HMACSHA256.authenticate(signed, key: $0)) }.joined(separator: " ")
    }
}

extension Substring {
    fileprivate func trimming(_ blanks: String) -> Substring {
        var text = drop { blanks.contains($0) }
        while let last = text.last, blanks.contains(last) { text.removeLast() }
        return text
    }
}
