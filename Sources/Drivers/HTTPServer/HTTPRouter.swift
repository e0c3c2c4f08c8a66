package typealias HTTPHandler = @Sendable (HTTPRequest) async -> HTTPResponse

/// Finds the handler of a request by its method and its path.
///
/// A pattern is a path whose segments are text or a `{parameter}`, which matches any segment that is not empty. Text
/// goes before a parameter. A `GET` route answers `HEAD` as well, and every path `OPTIONS`.
package struct HTTPRouter: Sendable {
    final class Route: Sendable {
        /// Its place among the routes, from 0 on.
        let number: Int
        let method: String
        let pattern: String
        let parameters: [String]
        let maximumBody: Int?
        let isAlwaysTaken: Bool
        /// Whether it counts among what its path answers: to OPTIONS, and in the Allow of a 405.
        let isOffered: Bool
        let handler: HTTPHandler

        init(
            number: Int, method: String, pattern: String, parameters: [String], maximumBody: Int?, isAlwaysTaken: Bool,
            isOffered: Bool,
            handler: @escaping HTTPHandler
        ) {
            self.number = number
            self.method = method
            self.pattern = pattern
            self.parameters = parameters
            self.maximumBody = maximumBody
            self.isAlwaysTaken = isAlwaysTaken
            self.isOffered = isOffered
            self.handler = handler
        }
    }

    enum Match {
        case route(Route, [String])
        case otherMethods([String])
        case nothing
    }

    private struct Node: Sendable {
        var children: [(segment: [UInt8], node: Int)] = []
        var parameter: Int?
        var routes: [Route] = []
    }

    private var nodes = [Node()]
    private var count = 0
    /// The methods of all routes, HEAD where there is GET, and OPTIONS.
    private(set) var methods = ["OPTIONS"]

    package init() {}

    /// Adds a route. Two routes of one method that match the same paths are a mistake in the program and trap.
    ///
    /// - Parameters:
    ///   - maximumBody: bytes, instead of the server's limit
    ///   - isAlwaysTaken: also when `maximumWaiting` requests are waiting, and on a connection over the limit: for what
    ///     tells how the server is
    ///   - isOffered: no: to OPTIONS and to other methods the path is one that is not there
    package mutating func on(
        _ method: String, _ pattern: String, maximumBody: Int? = nil, isAlwaysTaken: Bool = false,
        isOffered: Bool = true, _ handler: @escaping HTTPHandler
    ) {
        precondition(pattern.hasPrefix("/"), "a pattern starts with a slash: \(pattern)")
        var parameters: [String] = []
        var node = 0
        for segment in pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            if segment.hasPrefix("{"), segment.hasSuffix("}") {
                parameters.append(String(segment.dropFirst().dropLast()))
                node = parameterChild(of: node)
            } else {
                node = child(of: node, for: Array(segment.utf8))
            }
        }
        precondition(
            !nodes[node].routes.contains { $0.method == method }, "a second route for \(method) \(pattern)")
        nodes[node].routes.append(
            Route(
                number: count, method: method, pattern: pattern, parameters: parameters, maximumBody: maximumBody,
                isAlwaysTaken: isAlwaysTaken, isOffered: isOffered, handler: handler))
        count += 1
        for method in method == "GET" ? ["GET", "HEAD"] : [method] where !methods.contains(method) {
            methods.append(method)
        }
    }

    /// The same routes, each with another handler instead of its own.
    package func mapHandlers(_ transform: (@escaping HTTPHandler) -> HTTPHandler) -> HTTPRouter {
        var router = self
        for node in nodes.indices {
            router.nodes[node].routes = nodes[node].routes.map { route in
                Route(
                    number: route.number, method: route.method, pattern: route.pattern, parameters: route.parameters,
                    maximumBody: route.maximumBody, isAlwaysTaken: route.isAlwaysTaken,
                    isOffered: route.isOffered, handler: transform(route.handler))
            }
        }
        return router
    }

    private mutating func parameterChild(of node: Int) -> Int {
        if let existing = nodes[node].parameter { return existing }
        nodes.append(Node())
        nodes[node].parameter = nodes.count - 1
        return nodes.count - 1
    }

    private mutating func child(of node: Int, for segment: [UInt8]) -> Int {
        if let existing = nodes[node].children.first(where: { $0.segment == segment }) { return existing.node }
        nodes.append(Node())
        nodes[node].children.append((segment, nodes.count - 1))
        return nodes.count - 1
    }

    func match(_ method: String, _ path: PathSegments) -> Match {
        var values: [String] = []
        guard path.count > 0, let node = find(path, 0, from: 0, &values) else { return .nothing }
        let routes = nodes[node].routes
        if let route = routes.first(where: { $0.method == method }) { return .route(route, values) }
        if method == "HEAD", let route = routes.first(where: { $0.method == "GET" }) { return .route(route, values) }
        var others = routes.filter(\.isOffered).map(\.method)
        if others.isEmpty { return .nothing }
        if others.contains("GET"), !others.contains("HEAD") { others.append("HEAD") }
        if !others.contains("OPTIONS") { others.append("OPTIONS") }
        return .otherMethods(others.sorted())
    }

    private func find(_ path: PathSegments, _ index: Int, from node: Int, _ values: inout [String]) -> Int? {
        guard index < path.count else { return nodes[node].routes.isEmpty ? nil : node }
        for child in nodes[node].children where path.isEqual(at: index, to: child.segment) {
            if let found = find(path, index + 1, from: child.node, &values) { return found }
        }
        guard let child = nodes[node].parameter, !path.isEmpty(at: index) else { return nil }
        values.append(path.text(at: index))
        if let found = find(path, index + 1, from: child, &values) { return found }
        values.removeLast()
        return nil
    }
}
