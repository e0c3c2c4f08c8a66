package import JSONSchema

/// A kind of problem that callers are told of: what the `type` of a problem document (RFC 9457) names, and what its page
/// says. The pages are answered at `/problems/KIND` and kept in `docs/problems`.
package struct ProblemType: Sendable, Equatable {
    /// The last part of its `type`: small letters with hyphens. Clients compare it, so it never changes.
    package let kind: String
    package let status: Int
    /// Statuses with which the gateway says the same.
    package let alsoWith: [Int]
    package let title: String
    /// What has happened. CommonMark, whole sentences.
    package let meaning: String
    /// What the caller can do about it. CommonMark, whole sentences.
    package let advice: String
    /// Members that its documents have besides those of every problem.
    package let members: [JSONSchema.Property]

    package init(
        _ kind: String, _ status: Int, _ title: String, meaning: String, advice: String,
        members: [JSONSchema.Property] = [], alsoWith: [Int] = []
    ) {
        self.kind = kind
        self.status = status
        self.title = title
        self.meaning = meaning
        self.advice = advice
        self.members = members
        self.alsoWith = alsoWith
    }

    /// Where its page is, on any service that can have the problem; the `type` of its documents.
    package var uri: String { Self.folder + kind }

    package static let folder = "/problems/"

    private var statuses: String {
        alsoWith.isEmpty
            ? String(status)
            : "\(status); from the gateway also \(alsoWith.map(String.init).joined(separator: " and "))"
    }

    /// Its page, in CommonMark.
    package var page: String {
        """
        # \(title)

        `\(uri)`, status \(statuses)

        \(meaning)

        ## What to do

        \(advice)

        """
    }
}
