package import ExactText

/// How the shop speaks in its messages.
package struct Wording: Sendable, Hashable {
    /// By its code in ISO 639-1.
    package enum Language: String, Sendable, CaseIterable {
        case en
        case de
        case es
        case fr
        case it
        case nl

        var phrases: Phrases {
            switch self {
            case .en: .english
            case .de: .german
            case .es: .spanish
            case .fr: .french
            case .it: .italian
            case .nl: .dutch
            }
        }
    }

    /// In characters.
    package static let nameLimit = 64

    /// What mails are signed with; nil: “Your shop”, in the language.
    package var shop: ExactText?
    package var language: Language

    package init(shop: ExactText? = nil, language: Language = .en) {
        self.shop = shop
        self.language = language
    }
}
