package import JSON

/// What a schema says of the members of objects, for bodies whose readers refuse unknown ones.
extension JSONSchema {
    /// The same with no member that it does not name. A named schema within that changes thereby stands in place: under its name it is
    /// what answers have, whose readers pass over what later versions add.
    package var closed: JSONSchema {
        guard case .named(let name, let schema) = shape else { return closedInPlace }
        var closed = self
        closed.shape = .named(name, schema.closedInPlace)
        return closed
    }

    private var closedInPlace: JSONSchema {
        var closed = self
        switch shape {
        case .object(let properties, let others):
            let inner = properties.map { property in
                var property = property
                property.schema = property.schema.closedInPlace
                return property
            }
            switch others {
            case .open, .closed: closed.shape = .object(inner, others: .closed)
            case .each(let schema, let names, let most):
                closed.shape = .object(inner, others: .each(schema.closedInPlace, names: names, most: most))
            }
        case .array(let item, let count): closed.shape = .array(of: item.closedInPlace, count: count)
        case .oneOf(let schemas): closed.shape = .oneOf(schemas.map(\.closedInPlace))
        case .named(_, let schema):
            let inner = schema.closedInPlace
            if inner == schema { return self }
            closed = inner
            closed.isNullable = isNullable || inner.isNullable
            closed.description = description ?? inner.description
            if !examples.isEmpty { closed.examples = examples }
        case .string, .integer, .boolean, .null, .anything: break
        }
        return closed
    }

    /// The members that it names, for a reader. Of alternatives, those of all: which one is meant is known when all has been read.
    package var members: JSONMembers {
        switch shape {
        case .object(_, .open): .any
        case .object(let properties, .closed): .named(properties.map { .init($0.name, $0.schema.members) })
        case .object(_, .each(let schema, _, _)): .each(schema.members)
        case .array(let item, _): .elements(item.members)
        case .named(_, let schema): schema.members
        case .oneOf(let schemas): JSONMembers.ofAny(schemas.filter { $0.shape != .null }.map(\.members))
        case .string, .integer, .boolean, .null, .anything: .any
        }
    }
}
