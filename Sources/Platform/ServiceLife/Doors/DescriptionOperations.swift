internal import HTTPAPI
internal import JSONSchema

/// What tells callers what they can ask.
enum DescriptionOperations {
    private static let tag = Operation.Tag("description", "What can be asked here.")

    static let openAPI = Operation(
        .get, "/openapi.json", id: "getDescription", tag: tag, access: .open, summary: "Get this document",
        description: "The description of all that is answered here, as OpenAPI 3.1.",
        answers: [
            Operation.Answer(
                "The document.",
                .json(
                    .object([.required("openapi", .text()), .required("paths", .object([]))]),
                    example: #"{"openapi":"3.1.1","paths":{}}"#))
        ], needsDatabase: false)

    static let problems = Operation(
        .get, "/problems", id: "listProblems", tag: tag, access: .open, summary: "List the kinds of problems",
        description: "Every kind that can be told of here, each with its page.",
        answers: [Operation.Answer("The list.", .text(pageType, example: "# Problems\n"))], needsDatabase: false)

    static let problem = Operation(
        .get, ProblemType.folder + "{kind}", id: "getProblemPage", tag: tag, access: .open,
        summary: "Read about a problem",
        description: "What the `type` of a problem document names: what has happened, and what to do about it.",
        path: [
            Operation.PathParameter(
                "kind", "The last part of the `type`.", .text(pattern: "^[a-z-]+$").example("not-found"))
        ], answers: [Operation.Answer("Its page.", .text(pageType, example: "# Not Found\n"))], problems: [.notFound],
        needsDatabase: false)

    static let pageType = "text/markdown; charset=utf-8"

    static let all = [openAPI, problems, problem]
}
