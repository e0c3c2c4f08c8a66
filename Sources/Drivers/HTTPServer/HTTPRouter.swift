package typealias HTTPHandler = @Sendable (HTTPRequest) async -> HTTPResponse

/// Finds the handler of a request by its method and its path.
///
/// A pattern is a path whose segments are text or a `{parameter}`, which matches any segment that is not empty. Text
/// goes before a parameter. A `GET` route answers `HEAD` as well.
package struct HTTPRouter: Sendable {
    struct Route: Sendable {
        let pattern: String
        let parameters: [String]
        let maximumBody: Int?
        let isAlwaysTaken: Bool
        let handler: HTTPHandler
    }

    enum Match {
        case route(Route, [String])
        case otherMethods([String])
        case nothing
    }

    private struct Node: Sendable {
        var children: [String: Int] = [:]
        var parameter: Int?
        var routes: [String: Route] = [:]
    }

    private var nodes = [Node()]

    package init() {}

    /// Adds a route. Two routes of one method that match the same paths are a mistake in the program and trap.
    ///
    /// - Parameters:
    ///   - maximumBody: bytes, instead of the server's limit
    ///   - isAlwaysTaken: also when `maximumWaiting` requests are waiting: for what tells how the server is
    package mutating func on(
        _ method: String, _ pattern: String, maximumBody: Int? = nil, isAlwaysTaken: Bool = false,
        _ handler: @escaping HTTPHandler
    ) {
        precondition(pattern.hasPrefix("/"), "a pattern starts with a slash: \(pattern)")
        var parameters: [String] = []
        var node = 0
        for segment in pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            if segment.hasPrefix("{"), segment.hasSuffix("}") {
                parameters.append(String(segment.dropFirst().dropLast()))
                node = child(of: node, at: \.parameter)
            } else {
                node = child(of: node, at: \.children[String(segment)])
            }
        }
        precondition(nodes[node].routes[method] == nil, "a second route for \(method) \(pattern)")
        nodes[node].routes[method] = Route(
            pattern: pattern, parameters: parameters, maximumBody: maximumBody, isAlwaysTaken: isAlwaysTaken,
            handler: handler)
    }

    private mutating func child(of node: Int, at place: WritableKeyPath<Node, Int?>) -> Int {
        if let existing = nodes[node][keyPath: place] { return existing }
        nodes.append(Node())
        nodes[node][keyPath: place] = nodes.count - 1
        return nodes.count - 1
    }

    func match(_ method: String, _ segments: [String]) -> Match {
        var values: [String] = []
        guard !segments.isEmpty, let node = find(segments[...], from: 0, &values) else { return .nothing }
        let routes = nodes[node].routes
        if let route = routes[method] ?? (method == "HEAD" ? routes["GET"] : nil) { return .route(route, values) }
        return .otherMethods((Set(routes.keys).union(routes["GET"] == nil ? [] : ["HEAD"])).sorted())
    }

    private func find(_ segments: ArraySlice<String>, from node: Int, _ values: inout [String]) -> Int? {
        guard let segment = segments.first else { return nodes[node].routes.isEmpty ? nil : node }
        if let child = nodes[node].children[segment], let found = find(segments.dropFirst(), from: child, &values) {
            return found
        }
        guard let child = nodes[node].parameter, !segment.isEmpty else { return nil }
        values.append(segment)
        if let found = find(segments.dropFirst(), from: child, &values) { return found }
        values.removeLast()
        return nil
    }
}
