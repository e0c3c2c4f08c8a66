/// What is answered at one door of a service, for those who call it: everything but the handlers.
package struct APIDescription: Sendable {
    package var title: String
    /// CommonMark.
    package var description: String
    /// In the order in which they are shown.
    package private(set) var operations: [Operation] = []
    /// Where it is, for people.
    package var server: String
    /// Its own port where nobody chose another; nil: it has none.
    package var port: Int?
    /// Whether it can be where everybody on the machine may connect, and then wants a token.
    package var mayWantToken: Bool

    /// Of what no operation has: paths that were answered once.
    package var otherProblems: [ProblemType]

    /// Of these APIs, not of the program: a change that breaks callers changes the first number.
    package static let version = "1.0.0"

    package init(
        title: String, description: String, server: String, port: Int? = nil, mayWantToken: Bool = false,
        otherProblems: [ProblemType] = [],
        operations: [Operation]
    ) {
        self.title = title
        self.description = description
        self.server = server
        self.port = port
        self.mayWantToken = mayWantToken
        self.otherProblems = otherProblems
        for operation in operations { add(operation) }
    }

    /// Two operations of one id or one method and path are a mistake in the program and trap.
    package mutating func add(_ operation: Operation) {
        precondition(
            !operations.contains { $0.id == operation.id || $0.name == operation.name },
            "a second operation \(operation.id), \(operation.name)")
        operations.append(operation)
    }

    /// Each problem that it can answer with, by kind.
    package var problemTypes: [ProblemType] {
        var types: [String: ProblemType] = [:]
        for type in operations.flatMap(\.allProblems) + otherProblems {
            precondition(types[type.kind] ?? type == type, "two problems are of the kind \(type.kind)")
            types[type.kind] = type
        }
        return types.values.sorted { $0.kind < $1.kind }
    }

    package var tags: [Operation.Tag] {
        operations.reduce(into: []) { tags, operation in
            if !tags.contains(operation.tag) { tags.append(operation.tag) }
        }
    }
}
