package import ExactText

/// What stands where something personal was that has been erased. It keeps to the rules of its fields, so that whoever reads
/// orders, events or messages reads on.
package enum Erased {
    /// In the place of a name, a reason, a subject or a message.
    package static let text: ExactText = "erased"
    /// Nobody's: mail to `.invalid` reaches no one (RFC 2606, section 2).
    package static let email: ExactText = "erased@erased.invalid"
    /// Five digits are the least that a phone number has.
    package static let phone: ExactText = "00000"
}

extension Customer {
    /// Nobody any more. One that had a phone still has one: which channels they were told on is no secret, and audit counts them.
    package var erased: Customer {
        Customer(name: Erased.text, email: Erased.email, phone: phone.map { _ in Erased.phone })
    }

    package var isErased: Bool { name == Erased.text && email == Erased.email }
}
