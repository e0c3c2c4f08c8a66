import Masking
import Timestamps
import VisibleText

/// A field of a line: its name, and what is said.
package typealias LogField = (key: String, value: String)

/// Lines of the log in the making, as UTF-8. Whatever a caller passes, each stays one line and moves no cursor: control
/// characters, line separators and format characters, such as turn the direction of text, are escaped.
struct LogLine {
    private(set) var bytes: [UInt8] = []
    /// What goes wrong quotes addresses and libraries.
    private var mayQuote = false

    /// None yet, and room for a few.
    init() {
        bytes.reserveCapacity(1_024)
    }

    init(
        _ format: LogFormat, time: Timestamp, level: LogLevel, service: String, message: String,
        fields: some Sequence<LogField>
    ) {
        bytes.reserveCapacity(256)
        put(format, time: time, level: level, service: service, message: message, fields: fields)
    }

    mutating func put(
        _ format: LogFormat, time: Timestamp, level: LogLevel, service: String, message: String,
        fields: some Sequence<LogField>
    ) {
        mayQuote = level >= .warning
        switch format {
        case .text: putText(time, level, service, message, fields)
        case .json: putJSON(time, level, service, message, fields)
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func putText(
        _ time: Timestamp, _ level: LogLevel, _ service: String, _ message: String,
        _ fields: some Sequence<LogField>
    ) {
        put(time.rfc3339)
        put(" ")
        putPadded(level.shortName, to: 5)
        putPadded(service, to: 12)
        putEscaped(shown(message), quotes: false)
        for (key, value) in fields {
            put(" ")
            putValue(key)
            put("=")
            putValue(shown(value))
        }
    }

    private mutating func putJSON(
        _ time: Timestamp, _ level: LogLevel, _ service: String, _ message: String,
        _ fields: some Sequence<LogField>
    ) {
        put(#"{"time":""#)
        put(time.rfc3339)
        put(#"","level":""#)
        put(level.jsonName)
        put(#"","service":""#)
        putEscaped(service, quotes: true)
        put(#"","message":""#)
        putEscaped(shown(message), quotes: true)
        put("\"")
        for (key, value) in fields {
            put(["time", "level", "service", "message"].contains(key) ? #","field_"# : #",""#)
            putEscaped(key, quotes: true)
            if NumberField.isNumber(key, value) {
                put(#"":"#)
                put(value)
            } else {
                put(#"":""#)
                putEscaped(shown(value), quotes: true)
                put("\"")
            }
        }
        put("}")
    }

    private func shown(_ text: String) -> String { mayQuote ? Masked.text(text) : text }

    private mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    /// A line as it stands, behind `start`: only what could break it is escaped.
    mutating func put(_ start: StaticString, line: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: UnsafeRawBufferPointer(start: start.utf8Start, count: start.utf8CodeUnitCount))
        putEscaped(line, quotes: false)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// The word, then blanks up to `width` and one more.
    private mutating func putPadded(_ word: String, to width: Int) {
        let start = bytes.count
        putEscaped(word, quotes: false)
        repeat { put(" ") } while bytes.count <= start + width
    }

    /// A key or a value of the text format, in quotes when it has to be.
    private mutating func putValue(_ text: String) {
        var text = text
        let isPlain = text.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            guard !bytes.isEmpty, PlainASCII.isAll(bytes, but: (0x20, 0x22, 0x3d, 0x5c)) else { return false }
            self.bytes.append(contentsOf: bytes)
            return true
        }
        if isPlain { return }
        guard text.isEmpty || text.utf8.contains(where: Self.wantsQuotes) else {
            return putEscaped(text, quotes: false)
        }
        put("\"")
        putEscaped(text, quotes: true)
        put("\"")
    }

    private static func wantsQuotes(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == 0x22 || byte == 0x3d || byte == 0x5c
    }

    /// The escapes are JSON's. `quotes` says whether quotation marks and backslashes are escaped too.
    private mutating func putEscaped(_ text: String, quotes: Bool) {
        var text = text
        text.withUTF8 { putEscaped(UnsafeRawBufferPointer($0), quotes: quotes) }
    }

    private mutating func putEscaped(_ text: UnsafeRawBufferPointer, quotes: Bool) {
        // Most text is ASCII that can be seen.
        guard !PlainASCII.isAll(text, but: quotes ? (0x22, 0x5c, 0, 0) : (0, 0, 0, 0)) else {
            return bytes.append(contentsOf: text)
        }
        let text = String(decoding: text, as: UTF8.self)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": put(#"\n"#)
            case "\r": put(#"\r"#)
            case "\t": put(#"\t"#)
            case "\"" where quotes: put(#"\""#)
            case "\\" where quotes: put(#"\\"#)
            case let scalar where scalar.steersDisplay:
                for unit in scalar.utf16 {
                    let digits = String(unit, radix: 16)
                    put(#"\u"# + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
                }
            default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }
}
