package import HTTPServer
import JSON

/// The query of a request, checked against what its route declares.
package struct QueryValues: Sendable {
    /// What was given, in the order in which it came.
    let given: [(name: String, value: String)]

    /// Throws a 422 that names every parameter that is unknown, repeated, missing or wrong, and for an unknown one those
    /// that there are.
    package init(
        _ query: [HTTPQueryItem], _ declared: [QueryParameter], of route: @autoclosure () -> String
    ) throws(Problem) {
        var values: [(name: String, value: String)] = []
        var errors: [JSONFieldError] = []
        // As many as a problem names: thousands of parameters fit into a head.
        for item in query where errors.count < Problem.mostErrors {
            guard let parameter = declared.first(where: { $0.name.utf8.elementsEqual(item.name.utf8) }) else {
                errors.append(
                    JSONFieldError(
                        field: Self.shown(item.name),
                        message: "is unknown: \(route()) takes \(Self.names(declared))"))
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
        given = values
    }

    /// A name that is unknown, where it looks like one: who takes a value for a name may have written anybody's address.
    private static func shown(_ name: String) -> String {
        let isName =
            name.utf8.count <= 32 && name.utf8.first.map { !(0x30...0x39).contains($0) } == true
            && name.utf8.allSatisfy(Self.isOfName)
        return isName ? name : ""
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
        default: false
        }
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
        given.first { $0.name == parameter.name }?.value
    }

    /// nil when it was not given.
    package func number(_ parameter: QueryParameter) -> Int64? {
        self[parameter].flatMap(QueryParameter.number)
    }
}
