package import HTTPServer

/// The keys that are good here.
package protocol KeyRing: Sendable {
    /// What is known of a text that was shown as a key.
    func find(_ key: String) -> KnownKey
}

package enum KnownKey: Sendable, Hashable {
    case unknown
    case expired
    case valid(Caller, [Scope])
}

extension KeyRing {
    /// Throws unless an operation of this access may be called with the key in a request's header fields.
    ///
    /// Nothing else of the request is looked at, so that what is refused tells nothing of what is there.
    ///
    /// - Parameter caller: who it is, also of a key that is good and not good for this; left as it is where nobody is asked
    /// - Throws: a 401 without a good key, a 403 for a good key of other scopes
    package func check(_ headers: HTTPHeaders, for access: Access, from caller: inout Caller?) throws(Problem) {
        if access == .open { return }
        let fields = headers.all("authorization")
        guard fields.count < 2 else {
            throw .keyRequired("A request shows one key, in one Authorization field.", wasShown: true)
        }
        guard let shown = fields.first.flatMap(Bearer.token(in:)) else {
            throw .keyRequired("This is for those who show a key: Authorization: Bearer ol_…", wasShown: false)
        }
        switch find(String(shown)) {
        case .unknown:
            throw .keyRequired("The key that was shown is not known here.", wasShown: true)
        case .expired:
            throw .keyRequired("The key that was shown has expired.", wasShown: true)
        case .valid(let known, let scopes):
            caller = known
            guard access.takes(scopes) else { throw .insufficientScope(access) }
        }
    }
}

extension Access {
    /// Whether one of these scopes will do.
    package func takes(_ scopes: [Scope]) -> Bool {
        switch self {
        case .open: true
        case .keys(let wanted): wanted.contains(where: scopes.contains)
        case .inside: false
        }
    }
}
