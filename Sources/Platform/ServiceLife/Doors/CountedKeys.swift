package import HTTPAPI

/// Keys whose every look-up tells a client limit whether the key is good.
struct CountedKeys: KeyRing {
    let keys: any KeyRing
    let limit: ClientLimit

    func find(_ key: String) -> KnownKey {
        let known = keys.find(key)
        if case .valid = known { limit.found(key, isGood: true) } else { limit.found(key, isGood: false) }
        return known
    }
}

extension ServiceSettings {
    /// Callers at the public door have to show one of these keys; its limit of one client counts by them.
    package mutating func ask(for keys: (any KeyRing)?) {
        guard let keys, let clientLimit else {
            self.keys = keys
            return
        }
        self.keys = CountedKeys(keys: keys, limit: clientLimit)
    }
}
