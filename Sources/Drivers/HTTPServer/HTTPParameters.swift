/// The path parameters of the route that matched, percent-decoded.
package struct HTTPParameters: Sendable {
    private let names: [String]
    private let values: [String]

    package init(_ parameters: [(name: String, value: String)] = []) {
        names = parameters.map(\.name)
        values = parameters.map(\.value)
    }

    init(names: [String], values: [String]) {
        self.names = names
        self.values = values
    }

    /// nil where the pattern has no such parameter; never empty.
    package subscript(name: String) -> String? {
        names.firstIndex(of: name).map { values[$0] }
    }
}

/// One `name=value` of a query, decoded; both `a` and `a=` have the value "".
package struct HTTPQueryItem: Sendable, Equatable {
    package let name: String
    package let value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}
