import Masking
import Timestamps
import VisibleText

/// One line of the log in the making, as UTF-8. Whatever a caller passes, it stays one line and moves no cursor: control
/// characters, line separators and format characters, such as turn the direction of text, are escaped.
struct LogLine {
    private(set) var bytes: [UInt8] = []
    /// What goes wrong quotes addresses and libraries.
    private var mayQuote = false

    init(
        _ format: LogFormat, time: Timestamp, level: LogLevel, service: String, message: String,
        fields: KeyValuePairs<String, String>
    ) {
        bytes.reserveCapacity(256)
        mayQuote = level >= .warning
        switch format {
        case .text: putText(time, level, service, message, fields)
        case .json: putJSON(time, level, service, message, fields)
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    /// A line that was made before: only what could break it is escaped.
    init(finished line: String) {
        putEscaped(line, quotes: false)
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func putText(
        _ time: Timestamp, _ level: LogLevel, _ service: String, _ message: String,
        _ fields: KeyValuePairs<String, String>
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
        _ fields: KeyValuePairs<String, String>
    ) {
        put(#"{"time":""#)
        put(time.rfc3339)
        put(#"","level":""#)
        put(level.rawValue)
        put(#"","service":""#)
        putEscaped(service, quotes: true)
        put(#"","message":""#)
        putEscaped(shown(message), quotes: true)
        for (key, value) in fields {
            put(["time", "level", "service", "message"].contains(key) ? #"","field_"# : #"",""#)
            putEscaped(key, quotes: true)
            put(#"":""#)
            putEscaped(shown(value), quotes: true)
        }
        put(#""}"#)
    }

    private func shown(_ text: String) -> String { mayQuote ? Masked.text(text) : text }

    private mutating func put(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// The word, then blanks up to `width` and one more.
    private mutating func putPadded(_ word: String, to width: Int) {
        let start = bytes.count
        putEscaped(word, quotes: false)
        repeat { put(" ") } while bytes.count <= start + width
    }

    /// A key or a value of the text format, in quotes when it has to be.
    private mutating func putValue(_ text: String) {
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3d && $0 != 0x5c }
        guard text.isEmpty || !isPlain else { return putEscaped(text, quotes: false) }
        put("\"")
        putEscaped(text, quotes: true)
        put("\"")
    }

    /// The escapes are JSON's. `quotes` says whether quotation marks and backslashes are escaped too.
    private mutating func putEscaped(_ text: String, quotes: Bool) {
        // Most text is ASCII that can be seen.
        let isPlain = text.utf8.allSatisfy {
            $0 >= 0x20 && $0 < 0x7f && !(quotes && ($0 == 0x22 || $0 == 0x5c))
        }
        guard !isPlain else { return put(text) }
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
