package import ExactText

/// Who ordered, and how they are told.
package struct Customer: Sendable, Hashable {
    /// 1 to 200 characters.
    package var name: ExactText
    /// As `JSONReader.email` takes it: at most 320 characters, one @. Compared by its bytes.
    package var email: ExactText
    /// As `JSONReader.phone` takes it: 5 to 15 digits. nil: told by e-mail alone.
    package var phone: ExactText?

    package init(name: ExactText, email: ExactText, phone: ExactText?) {
        self.name = name
        self.email = email
        self.phone = phone
    }
}
