package import JSON
package import JSONSchema

/// What a route is to those who call it: all that a description of the API says of it. A handler is added to an API under
/// its operation, so no route is without one.
package struct Operation: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
    }

    package var method: Method
    /// `/orders/{order_id}`; its parameters are those of `path`.
    package var pattern: String
    /// What generated clients call it: `placeOrder`. One of a kind in a service.
    package var id: String
    /// Operations of one tag stand together.
    package var tag: Tag
    /// Who may call it where keys are asked for.
    package var access: Access
    /// A few words, without a full stop.
    package var summary: String
    /// CommonMark, whole sentences.
    package var description: String
    package var path: [PathParameter] = []
    package var query: [QueryParameter] = []
    package var headers: [HeaderParameter] = []
    package var body: Body?
    package var answers: [Answer]
    /// Those of its own; `allProblems` has what any operation can have besides.
    package var problems: [ProblemType] = []
    /// Bytes; nil: the server's limit.
    package var maximumBody: Int?
    /// Also when too many requests are waiting; it has no deadline, and no database is asked.
    package var isAlwaysTaken = false
    /// Whether the service's database is asked.
    package var needsDatabase = true

    package struct Tag: Sendable, Hashable {
        package var name: String
        package var description: String

        package init(_ name: String, _ description: String) {
            self.name = name
            self.description = description
        }
    }

    /// What stands in a path for an id.
    package struct PathParameter: Sendable {
        package var name: String
        package var description: String
        package var schema: JSONSchema

        package init(_ name: String, _ description: String, _ schema: JSONSchema) {
            self.name = name
            self.description = description
            self.schema = schema
        }
    }

    /// A header field that the handler reads.
    package struct HeaderParameter: Sendable {
        package var name: String
        package var description: String
        package var schema: JSONSchema
        /// What is told of a wrong one.
        package var problems: [ProblemType]

        package init(_ name: String, _ description: String, _ schema: JSONSchema, problems: [ProblemType]) {
            self.name = name
            self.description = description
            self.schema = schema
            self.problems = problems
        }
    }

    /// A body of JSON.
    package struct Body: Sendable {
        package let description: String
        package private(set) var schema: JSONSchema
        /// What the schema names, where another member is refused; nil: those are passed over.
        package private(set) var members: JSONMembers?
        package let isRequired: Bool
        /// JSON.
        package let example: String

        package init(_ description: String, _ schema: JSONSchema, isRequired: Bool = true, example: String) {
            self.description = description
            self.schema = schema
            self.isRequired = isRequired
            self.example = example
        }

        /// The same with no member that its schema does not name.
        var closed: Body {
            var body = self
            body.schema = schema.closed
            body.members = body.schema.members
            return body
        }
    }

    /// What comes when all went well.
    package struct Answer: Sendable {
        package enum Content: Sendable {
            /// `example` is JSON.
            case json(JSONSchema, example: String)
            /// Text of one of these media types, each with its example.
            case texts([(type: String, example: String)])

            package static func text(_ type: String, example: String) -> Content { .texts([(type, example)]) }
        }

        package var status: Int
        package var description: String
        package var content: Content
        package var headers: [Header] = []
        package var links: [Link] = []

        package init(
            status: Int = 200, _ description: String, _ content: Content, headers: [Header] = [], links: [Link] = []
        ) {
            self.status = status
            self.description = description
            self.content = content
            self.headers = headers
            self.links = links
        }
    }

    /// A header field of an answer.
    package struct Header: Sendable {
        package var name: String
        package var description: String
        package var schema: JSONSchema
        /// Whether every such answer has it.
        package var isAlwaysThere: Bool

        package init(_ name: String, _ description: String, _ schema: JSONSchema, isAlwaysThere: Bool = false) {
            self.name = name
            self.description = description
            self.schema = schema
            self.isAlwaysThere = isAlwaysThere
        }
    }

    /// What can be called next with what was answered.
    package struct Link: Sendable {
        /// The operation's id.
        package var operation: String
        package var description: String
        /// Names of its parameters, each with a runtime expression of OpenAPI, such as `$response.body#/order_id`.
        package var parameters: [(name: String, expression: String)]

        package init(
            to operation: String, _ description: String, with parameters: [(name: String, expression: String)]
        ) {
            self.operation = operation
            self.description = description
            self.parameters = parameters
        }
    }

    package init(
        _ method: Method, _ pattern: String, id: String, tag: Tag, access: Access, summary: String,
        description: String, path: [PathParameter] = [], query: [QueryParameter] = [],
        headers: [HeaderParameter] = [], body: Body? = nil, answers: [Answer], problems: [ProblemType] = [],
        maximumBody: Int? = nil, isAlwaysTaken: Bool = false,
        needsDatabase: Bool = true
    ) {
        let named = pattern.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
        precondition(path.map(\.name) == named, "\(pattern) declares \(path.map(\.name))")
        precondition(!summary.isEmpty && !description.isEmpty && !answers.isEmpty, "\(pattern) says too little")
        self.method = method
        self.pattern = pattern
        self.id = id
        self.tag = tag
        self.access = access
        self.summary = summary
        self.description = description
        self.path = path
        self.query = query
        self.headers = headers
        // Who misspells a member is told. Services that ask each other may be of several versions: the later one knows more.
        self.body = access == .inside ? body : body?.closed
        self.answers = answers
        self.problems = problems
        self.maximumBody = maximumBody
        self.isAlwaysTaken = isAlwaysTaken
        self.needsDatabase = needsDatabase && !isAlwaysTaken
    }

    /// `POST /orders`
    package var name: String { "\(method.rawValue) \(pattern)" }
}
