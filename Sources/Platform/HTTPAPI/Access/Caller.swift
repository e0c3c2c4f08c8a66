/// Who called, by the key that was shown.
package struct Caller: Sendable, Hashable {
    /// The key's name, 1 to 64 of `[A-Za-z0-9._-]`; never the key.
    package let name: String

    package init(name: String) {
        self.name = name
    }
}
