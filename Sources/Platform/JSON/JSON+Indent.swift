extension JSON {
    /// The same document with a line for each value and two spaces for each level, for people and for comparing. `bytes` must
    /// be JSON, as `JSONWriter` writes it.
    package static func indented(_ bytes: [UInt8]) -> [UInt8] {
        var lines: [UInt8] = []
        lines.reserveCapacity(2 * bytes.count)
        var depth = 0
        var isInText = false
        var isEscaped = false
        func breakLine() {
            lines.append(UInt8(ascii: "\n"))
            lines.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
        }
        for (index, byte) in bytes.enumerated() {
            if isInText {
                lines.append(byte)
                isInText = isEscaped || byte != UInt8(ascii: "\"")
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
                continue
            }
            let before = index > 0 ? bytes[index - 1] : 0
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                lines.append(byte)
                depth += 1
                let next = index + 1 < bytes.count ? bytes[index + 1] : 0
                if next != UInt8(ascii: "}"), next != UInt8(ascii: "]") { breakLine() }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if before != UInt8(ascii: "{"), before != UInt8(ascii: "[") { breakLine() }
                lines.append(byte)
            case UInt8(ascii: ","):
                lines.append(byte)
                breakLine()
            case UInt8(ascii: ":"):
                lines.append(byte)
                lines.append(UInt8(ascii: " "))
            case UInt8(ascii: " "), UInt8(ascii: "\n"): break
            default:
                isInText = byte == UInt8(ascii: "\"")
                lines.append(byte)
            }
        }
        lines.append(UInt8(ascii: "\n"))
        return lines
    }
}
