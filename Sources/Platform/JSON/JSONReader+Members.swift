internal import Spelling

/// Members that nobody asks for, where it is known which there may be: a misspelled one would be dropped, and whoever sent it not know.
extension JSONReader {
    /// A name of more bytes is not looked for among those that there are: how long that takes is bounded.
    private static let longestMisspelled = 40

    /// Notes the member whose value stands here, if it is none that there may be.
    mutating func noteUnknown() {
        guard let members, errors.count < Self.maximumErrors, case .member(let key)? = path.last,
            case .named(let known) = members.at(path.dropLast())
        else { return }
        let name = key.string
        if known.contains(where: { $0.name.utf8.elementsEqual(name.utf8) }) { return }
        note("unknown member `\(name.excerpt(Self.longestMisspelled))`: " + Self.advice(name, known.map(\.name)))
    }

    private static func advice(_ name: String, _ known: [String]) -> String {
        if name.utf8.count <= longestMisspelled, let meant = nearest(to: name.lowercased(), of: known) {
            return "did you mean `\(meant)`?"
        }
        return known.isEmpty
            ? "there is none here" : "here are " + known.map { "`\($0)`" }.joined(separator: ", ")
    }
}
