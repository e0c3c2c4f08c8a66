extension JSONReader {
    /// Notes an error of the value that is being read, or of a member of it.
    package mutating func note(_ message: String, member: String? = nil) {
        guard errors.count < Self.maximumErrors else { return }
        errors.append(JSONFieldError(field: field(member), message: message))
    }

    /// The value, or nil and «is required», unless something was noted for that member already.
    @inlinable package mutating func require<Value>(_ value: Value?, _ member: String) -> Value? {
        if value == nil { noteMissing(member) }
        return value
    }

    @usableFromInline mutating func noteMissing(_ member: String) {
        let field = field(member)
        let isNoted = errors.contains { error in
            error.field == field || error.field.hasPrefix(field + ".") || error.field.hasPrefix(field + "[")
        }
        if !isNoted { note("is required", member: member) }
    }

    private func field(_ member: String?) -> String {
        var field = ""
        for part in path {
            switch part {
            case .member(let key): field += (field.isEmpty ? "" : ".") + key.string.excerpt()
            case .element(let index): field += "[\(index)]"
            }
        }
        if let member { field += (field.isEmpty ? "" : ".") + member }
        return field
    }
}
