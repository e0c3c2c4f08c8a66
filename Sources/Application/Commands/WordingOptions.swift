import Arguments
import ExactText
import Notifications
import VisibleText

/// The options that say how the shop speaks in its messages: of what sends them, and of what makes them anew to compare.
enum WordingOptions {
    static let all = [
        Option(
            name: "shop-name", value: "NAME",
            help: "Who signs messages to customers; without it “Your shop”, in their language", environment: "SHOP_NAME"
        ),
        Option(
            name: "language", value: "CODE", help: "The language of messages to customers",
            environment: "SHOP_LANGUAGE", default: Wording.Language.en.rawValue,
            choices: Wording.Language.allCases.map(\.rawValue)),
    ]

    static func wording(_ arguments: ParsedArguments) throws -> Wording {
        let language = try arguments.oneOf("language", Wording.Language.self)
        guard let name = arguments.value("shop-name") else { return Wording(language: language) }
        let isFit =
            name.unicodeScalars.count <= Wording.nameLimit && !name.allSatisfy(\.isWhitespace)
            && name.printable() == name
        guard isFit else {
            throw arguments.wrong(
                "shop-name", "must have 1 to \(Wording.nameLimit) characters, on one line, that can be seen")
        }
        return Wording(shop: ExactText(name), language: language)
    }
}
