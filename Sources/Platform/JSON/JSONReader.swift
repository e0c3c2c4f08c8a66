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
    /// What is passed over may be nested to any depth, and its names may come twice: the writer knows more than we do.
    let isOpen: Bool
    /// Which members there may be; nil: unknown ones are passed over.
    let members: JSONMembers?
    var position = 0
    var depth: Int
    var path: [PathPart] = []
    /// The names of the objects that are being read, outermost first.
    var keys: [JSONText] = []
    /// What was noted so far, in the order of the document.
    package internal(set) var errors: [JSONFieldError] = []

    enum PathPart {
        case member(JSONText)
        case element(Int)
    }

    init(_ bytes: UnsafeRawBufferPointer, depth: Int, isOpen: Bool, members: JSONMembers?) {
        self.bytes = bytes
        self.isOpen = isOpen
        self.members = members
        self.depth = depth
        // As much as an order needs, at once.
        path.reserveCapacity(8)
        keys.reserveCapacity(24)
    }

    mutating func document<Value>(_ body: (inout JSONReader) throws -> Value?) throws -> Value? {
        skipSpace()
        let start = position
        let value = try body(&self)
        if position == start { try pass() }
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
        // Of the names so far: a name with another bit is none of them.
        var seen: UInt64 = 0
        if !(try close(UInt8(ascii: "}"))) {
            repeat {
                skipSpace()
                guard peek() == UInt8(ascii: "\"") else { throw error("a member's name is missing") }
                let nameAt = position
                let key = try scanText()
                let bits = key.bits
                if seen & bits == 0, keys.count - firstKey < Self.fewKeys {
                    keys.append(key)
                } else {
                    try refuseDuplicate(key, at: nameAt, since: firstKey, &manyKeys)
                }
                seen |= bits
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
                    if position == start { try pass() }
                    path.removeLast()
                } else {
                    try pass()
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
            try pass()
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

    /// Names of an object that are compared one by one.
    private static let fewKeys = 32

    /// Few names are compared one by one; from 32 on a set does it, so that no document costs quadratic time.
    private mutating func refuseDuplicate(
        _ key: JSONText, at offset: Int, since first: Int, _ many: inout Set<[UInt8]>?
    ) throws {
        let isNew: Bool
        if keys.count - first < Self.fewKeys {
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
                offset: offset, message: "a name comes twice in one object")
        }
        if keys.count - first < Self.fewKeys { keys.append(key) }
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
            try pass()
            return nil
        }
        return try scanText()
    }

    /// Passes over a string: false and a field error when the value is none.
    package mutating func skipString() throws -> Bool { try text() != nil }

    /// nil and a field error when the value is no whole number of the range. `1.0` and `1e2` are whole numbers, as JSON
    /// Schema has them.
    package mutating func int(in range: ClosedRange<Int64>) throws -> Int64? {
        let start = position
        if peek() == UInt8(ascii: "-") || isDigit(peek()) {
            let isWhole = try scanNumber()
            let number = isWhole ? wholeNumber(start..<position) : integer(start..<position)
            if let number, range.contains(number) { return number }
        } else {
            try pass()
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
            try pass()
            return nil
        }
    }

    /// Takes a null, if the value is one, and says so; else the value is still to be read.
    package mutating func null() throws -> Bool {
        guard peek() == UInt8(ascii: "n") else { return false }
        try literal("null")
        return true
    }

    /// Checks a value that nobody has a use for, and passes over it. Where it is known which members there may be, and it is another
    /// one's, that is a field error.
    package mutating func skip() throws {
        if members != nil { noteUnknown() }
        try pass()
    }

    /// Checks the value and passes over it, whatever is in it.
    private mutating func pass() throws {
        if isOpen { return try skipUnknown() }
        switch peek() {
        case UInt8(ascii: "{"): _ = try object { try $1.pass() }
        case UInt8(ascii: "["): _ = try array(count: 0...Int.max) { try $0.pass() }
        default: try skipScalar()
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
        try pass()
        return Array(bytes[start..<position])
    }
}
