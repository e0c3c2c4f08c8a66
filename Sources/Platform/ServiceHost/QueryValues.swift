package import HTTPServer
import JSON

/// The query of a request, checked against what its route declares.
package struct QueryValues: Sendable {
    private let values: [(name: String, value: String)]

    /// Throws a 422 that names every parameter that is unknown, repeated, missing or wrong, and for an unknown one those
    /// that there are.
    package init(
        _ query: [HTTPQueryItem], _ declared: [QueryParameter], of route: @autoclosure () -> String
    ) throws(Problem) {
        var values: [(name: String, value: String)] = []
        var errors: [JSONFieldError] = []
        for item in query {
            guard let parameter = declared.first(where: { $0.name.utf8.elementsEqual(item.name.utf8) }) else {
                errors.append(
                    JSONFieldError(field: item.name, message: "is unknown: \(route()) takes \(Self.names(declared))"))
                continue
            }
            if values.contains(where: { $0.name == parameter.name }) {
                errors.append(JSONFieldError(field: parameter.name, message: "must be given once"))
                continue
            }
            values.append((parameter.name, item.value))
            if let message = parameter.wrong(item.value) {
                let hint = item.value.utf8.contains(UInt8(ascii: " ")) ? "; a + in a query is a space: write %2B" : ""
                errors.append(JSONFieldError(field: parameter.name, message: message + hint))
            }
        }
        for parameter in declared where parameter.isRequired && !values.contains(where: { $0.name == parameter.name }) {
            errors.append(JSONFieldError(field: parameter.name, message: "is required"))
        }
        guard errors.isEmpty else { throw .invalidFields(errors) }
        self.values = values
    }

    private static func names(_ declared: [QueryParameter]) -> String {
        let names = declared.map(\.name)
        return switch names.count {
        case 0: "no parameters"
        case 1: names[0]
        default: names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1]
        }
    }

    /// nil when it was not given.
    package subscript(_ parameter: QueryParameter) -> String? {
        values.first { $0.name == parameter.name }?.value
    }

    /// nil when it was not given.
    package func number(_ parameter: QueryParameter) -> Int64? {
        self[parameter].flatMap(QueryParameter.number)
    }
}
