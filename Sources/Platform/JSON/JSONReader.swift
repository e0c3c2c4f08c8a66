/// Pulls values out of a document. Each value is read once; one that is left alone is skipped.
///
/// Two kinds of error: syntax is thrown; a field that is not as asked for is noted with its path, its value skipped, and
/// reading goes on, so that a caller learns all of them at once.
package struct JSONReader: ~Copyable {
    /// Deeper documents are refused: recursion is bounded by it.
    static let maximumDepth = 64
    /// Further field errors are not kept.
    static let maximumErrors = 100

    let bytes: UnsafeRawBufferPointer
    var position = 0
    var depth: Int
    var path: [PathPart] = []
    /// The names of the objects that are being read, outermost first.
    var keys: [JSONText] = []
    package private(set) var errors: [JSONFieldError] = []

    enum PathPart {
        case member(JSONText)
        case element(Int)
    }

    init(_ bytes: UnsafeRawBufferPointer, depth: Int) {
        self.bytes = bytes
        self.depth = depth
    }

    mutating func document<Value>(_ body: (inout JSONReader) throws -> Value?) throws -> Value? {
        skipSpace()
        let start = position
        let value = try body(&self)
        if position == start { try skip() }
        skipSpace()
        if position < bytes.count { throw error("something follows the document") }
        return value
    }

    // MARK: - Objects and arrays

    /// Reads an object: `member` is called for each member and reads its value, or leaves it to be skipped. False, and a
    /// field error, when the value is no object. A name that comes twice is a syntax error.
    package mutating func object(_ member: (JSONText, inout JSONReader) throws -> Void) throws -> Bool {
        guard try enter(UInt8(ascii: "{"), else: "must be an object") else { return false }
        let firstKey = keys.count
        var manyKeys: Set<[UInt8]>?
        if !(try close(UInt8(ascii: "}"))) {
            repeat {
                skipSpace()
                guard peek() == UInt8(ascii: "\"") else { throw error("a member's name is missing") }
                let nameAt = position
                let key = try scanText()
                try refuseDuplicate(key, at: nameAt, since: firstKey, &manyKeys)
                skipSpace()
                guard take(UInt8(ascii: ":")) else { throw error("a colon is missing") }
                skipSpace()
                path.append(.member(key))
                let start = position
                try member(key, &self)
                if position == start { try skip() }
                path.removeLast()
            } while try more(until: UInt8(ascii: "}"))
        }
        keys.removeLast(keys.count - firstKey)
        depth -= 1
        return true
    }

    /// Reads an array: `element` is called for each element, at most `count.upperBound` times. Fewer or more than
    /// `count` is a field error, as is a value that is no array; then the answer is false.
    package mutating func array(
        count allowed: ClosedRange<Int>, _ element: (inout JSONReader) throws -> Void
    ) throws -> Bool {
        guard try enter(UInt8(ascii: "["), else: "must be an array") else { return false }
        var count = 0
        if !(try close(UInt8(ascii: "]"))) {
            repeat {
                skipSpace()
                if count < allowed.upperBound {
                    path.append(.element(count))
                    let start = position
                    try element(&self)
                    if position == start { try skip() }
                    path.removeLast()
                } else {
                    try skip()
                }
                count += 1
            } while try more(until: UInt8(ascii: "]"))
        }
        depth -= 1
        if allowed.contains(count) { return true }
        note("must have \(Self.words(for: allowed))")
        return false
    }

    private static func words(for count: ClosedRange<Int>) -> String {
        switch (count.lowerBound, count.upperBound) {
        case (0, 0): "no elements"
        case (1, 1): "1 element"
        case (let fewest, let most) where fewest == most: "\(fewest) elements"
        case (1, .max): "1 element or more"
        case (let fewest, .max): "\(fewest) elements or more"
        case (let fewest, let most): "\(fewest) to \(most) elements"
        }
    }

    private mutating func enter(_ opening: UInt8, else complaint: StaticString) throws -> Bool {
        guard peek() == opening else {
            note("\(complaint)")
            try skip()
            return false
        }
        position += 1
        depth += 1
        if depth > Self.maximumDepth { throw error("nested deeper than \(Self.maximumDepth)") }
        return true
    }

    private mutating func close(_ closing: UInt8) throws -> Bool {
        skipSpace()
        return take(closing)
    }

    private mutating func more(until closing: UInt8) throws -> Bool {
        skipSpace()
        if take(UInt8(ascii: ",")) { return true }
        if take(closing) { return false }
        throw error("a comma or the end of the \(closing == UInt8(ascii: "}") ? "object" : "array") is missing")
    }

    /// Few names are compared one by one; from 32 on a set does it, so that no document costs quadratic time.
    private mutating func refuseDuplicate(
        _ key: JSONText, at offset: Int, since first: Int, _ many: inout Set<[UInt8]>?
    ) throws {
        let isNew: Bool
        if keys.count - first < 32 {
            var isThere = false
            for index in first..<keys.count where keys[index].isEqual(key) { isThere = true }
            isNew = !isThere
        } else {
            var set = many ?? Set(keys[first...].map(\.bytes))
            many = nil
            isNew = set.insert(key.bytes).inserted
            many = set
        }
        guard isNew else {
            throw JSONSyntaxError(
                offset: offset, message: "a name comes twice: \(key.string.excerpt().debugDescription)")
        }
        if keys.count - first < 32 { keys.append(key) }
    }

    // MARK: - Values

    /// nil and a field error when the value is no string.
    package mutating func string() throws -> String? {
        try text()?.string
    }

    /// The same, as UTF-8.
    package mutating func utf8() throws -> [UInt8]? {
        try text()?.bytes
    }

    /// The same, where it stands in the document.
    package mutating func text() throws -> JSONText? {
        guard peek() == UInt8(ascii: "\"") else {
            note("must be a string")
            try skip()
            return nil
        }
        return try scanText()
    }

    /// Passes over a string: false and a field error when the value is none.
    package mutating func skipString() throws -> Bool { try text() != nil }

    /// nil and a field error when the value is no whole number of the range. `1.0` and `1e2` are not written as whole
    /// numbers, so they are none.
    package mutating func int(in range: ClosedRange<Int64>) throws -> Int64? {
        let start = position
        if peek() == UInt8(ascii: "-") || isDigit(peek()) {
            let isWhole = try scanNumber()
            if isWhole, let number = wholeNumber(start..<position), range.contains(number) { return number }
        } else {
            try skip()
        }
        switch (range.lowerBound, range.upperBound) {
        case (.min, .max): note("must be a whole number")
        case (let lowest, .max): note("must be a whole number of \(lowest) or more")
        case (.min, let highest): note("must be a whole number of \(highest) or less")
        case (let lowest, let highest): note("must be a whole number from \(lowest) to \(highest)")
        }
        return nil
    }

    /// nil and a field error when the value is neither true nor false.
    package mutating func bool() throws -> Bool? {
        switch peek() {
        case UInt8(ascii: "t"):
            try literal("true")
            return true
        case UInt8(ascii: "f"):
            try literal("false")
            return false
        default:
            note("must be true or false")
            try skip()
            return nil
        }
    }

    /// Takes a null, if the value is one, and says so; else the value is still to be read.
    package mutating func null() throws -> Bool {
        guard peek() == UInt8(ascii: "n") else { return false }
        try literal("null")
        return true
    }

    /// Checks the value and passes over it.
    package mutating func skip() throws {
        switch peek() {
        case UInt8(ascii: "{"): _ = try object { _, _ in }
        case UInt8(ascii: "["): _ = try array(count: 0...Int.max) { _ in }
        case UInt8(ascii: "\""): _ = try scanString()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        case nil: throw error("the document ends too soon")
        case let byte where byte == UInt8(ascii: "-") || isDigit(byte): _ = try scanNumber()
        default: throw error("a value is missing")
        }
    }

    /// The bytes of an object or a list in a document that was read before: only quotes and brackets are looked at, in a
    /// fifth of the time. Of a document that is no JSON it answers some of its bytes, or throws.
    package mutating func rawChecked() throws -> [UInt8] {
        guard let first = peek(), first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return try raw() }
        let start = position
        var open = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                _ = try scanString()
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): open += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): open -= 1
            default: break
            }
            position += 1
            if open == 0 { return Array(bytes[start..<position]) }
        }
        throw error("the document ends too soon")
    }

    /// The value's bytes as they stand, checked.
    package mutating func raw() throws -> [UInt8] {
        let start = position
        try skip()
        return Array(bytes[start..<position])
    }
}

// MARK: - Field errors

extension JSONReader {
    /// Notes an error of the value that is being read, or of a member of it.
    package mutating func note(_ message: String, member: String? = nil) {
        guard errors.count < Self.maximumErrors else { return }
        errors.append(JSONFieldError(field: field(member), message: message))
    }

    /// The value, or nil and «is required», unless something was noted for that member already.
    package mutating func require<Value>(_ value: Value?, _ member: String) -> Value? {
        if value != nil { return value }
        let field = field(member)
        let isNoted = errors.contains { error in
            error.field == field || error.field.hasPrefix(field + ".") || error.field.hasPrefix(field + "[")
        }
        if !isNoted { note("is required", member: member) }
        return nil
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
