/// Values that nobody asks for, of a document whose writer may know more than its reader.
extension JSONReader {
    /// Passes over a value, whatever is in it, as long as it is JSON: it may be nested to any depth, and names may come
    /// twice. It takes no stack, and a bit of memory for each level that is open.
    mutating func skipUnknown() throws {
        var open = OpenBrackets()
        while true {
            skipSpace()
            switch peek() {
            case UInt8(ascii: "{"):
                position += 1
                skipSpace()
                if !take(UInt8(ascii: "}")) {
                    open.push(isObject: true)
                    try skipName()
                    continue
                }
            case UInt8(ascii: "["):
                position += 1
                skipSpace()
                if !take(UInt8(ascii: "]")) {
                    open.push(isObject: false)
                    continue
                }
            default: try skipScalar()
            }
            // A value has ended, and with it as many objects and arrays as are closed behind it.
            while true {
                guard let isObject = open.last else { return }
                skipSpace()
                if take(UInt8(ascii: ",")) {
                    skipSpace()
                    if isObject { try skipName() }
                    break
                }
                guard take(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    throw error("a comma or the end of the \(isObject ? "object" : "array") is missing")
                }
                open.pop()
            }
        }
    }

    private mutating func skipName() throws {
        guard peek() == UInt8(ascii: "\"") else { throw error("a member's name is missing") }
        _ = try scanString()
        skipSpace()
        guard take(UInt8(ascii: ":")) else { throw error("a colon is missing") }
    }

    /// Passes over what is neither object nor array.
    mutating func skipScalar() throws {
        switch peek() {
        case UInt8(ascii: "\""): _ = try scanString()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        case nil: throw error("the document ends too soon")
        case let byte where byte == UInt8(ascii: "-") || isDigit(byte): _ = try scanNumber()
        default: throw error("a value is missing")
        }
    }
}

/// Which brackets are open, the innermost last: a bit each.
private struct OpenBrackets {
    private var words: [UInt64] = []
    private var count = 0

    /// Whether it is an object's; nil when none is open.
    var last: Bool? {
        guard count > 0 else { return nil }
        return words[(count - 1) / 64] >> UInt64((count - 1) % 64) & 1 == 1
    }

    mutating func push(isObject: Bool) {
        if count % 64 == 0 { words.append(0) }
        let bit = UInt64(1) << UInt64(count % 64)
        if isObject { words[count / 64] |= bit } else { words[count / 64] &= ~bit }
        count += 1
    }

    mutating func pop() {
        count -= 1
        if count % 64 == 0 { words.removeLast() }
    }
}
