/// Where mail goes out, and who we are there.
package struct MailServer: Sendable, Hashable {
    /// How a connection is kept from readers.
    package enum Encryption: Sendable, Hashable {
        /// TLS from the first byte (`smtps:`, RFC 8314), commonly port 465.
        case fromTheStart
        /// STARTTLS (RFC 3207), without which nothing is sent; commonly port 587.
        case started
        /// None: for a server on this machine.
        case none
    }

    package var host: String
    package var port: Int
    package var encryption: Encryption
    /// nil: it asks for none.
    package var login: Login?
    /// What EHLO says that we are called (RFC 5321, 4.1.1.1).
    package var helloName: String
    /// File of the authorities that its certificate may come from; nil: the system's.
    package var authorities: String?

    package struct Login: Sendable, Hashable {
        package var user: String
        package var password: String

        package init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    package init(
        host: String, port: Int, encryption: Encryption, login: Login? = nil, helloName: String,
        authorities: String? = nil
    ) {
        self.host = host
        self.port = port
        self.encryption = encryption
        self.login = login
        self.helloName = helloName
        self.authorities = authorities
    }

    /// For libcurl: the path is the name for EHLO.
    var url: String {
        let scheme = encryption == .fromTheStart ? "smtps" : "smtp"
        let host = host.contains(":") ? "[\(host)]" : host
        return "\(scheme)://\(host):\(port)/\(helloName)"
    }
}
