package import HTTPServer
package import JSON
package import Telemetry

/// A request for an operation, whose query is as the operation declares it.
package struct Call: Sendable {
    package let request: HTTPRequest
    package let query: QueryValues
    /// Who showed a key; nil: nobody was asked for one.
    package let caller: Caller?
    let cursors: Cursors
    private let requestTrace: RequestTrace
    /// Those that the body may have.
    private let members: JSONMembers?

    init(
        _ request: HTTPRequest, _ query: QueryValues, _ trace: RequestTrace, caller: Caller? = nil,
        cursors: Cursors = .ofThisProcess(), members: JSONMembers? = nil
    ) {
        self.request = request
        self.query = query
        self.caller = caller
        self.cursors = cursors
        self.members = members
        requestTrace = trace
    }

    /// The caller's trace, or a new one: what the log, problems and events know the request by.
    package var trace: TraceContext { requestTrace.context }

    /// What stands in the path for a parameter of the operation.
    package func parameter(_ name: String) -> String { request.parameters[name] ?? "" }

    /// Reads the body; see `HTTPRequest.json`. A member that the operation does not declare is an invalid field.
    package func json<Value>(_ body: (inout JSONReader) throws -> Value?) throws(Problem) -> Value {
        try request.json(members: members, body)
    }

    /// As `json`, but no body at all is nil.
    package func optionalJSON<Value>(_ body: (inout JSONReader) throws -> Value?) throws(Problem) -> Value? {
        request.body.isEmpty ? nil : try json(body)
    }
}
