import Foundation
import VisibleText

/// Standard output for a person. It takes the place of Swift's own `print`, so that nothing that a stranger wrote can move
/// the cursor, change a colour or turn the direction of text, whoever prints it.
func print(_ text: String, terminator: String = "\n") {
    Swift.print(text.printable(keepingLines: true), terminator: terminator)
}

/// A line of JSON.
func printJSON(_ json: [UInt8]) {
    Swift.print(String(decoding: shownJSON(json), as: UTF8.self))
}

/// JSON as standard output gets it: byte for byte; a terminal, however, gets what would steer it as an escape, which means
/// the same.
func shownJSON(_ json: [UInt8]) -> [UInt8] {
    isatty(STDOUT_FILENO) == 1 ? safeJSON(json) : json
}

/// The same JSON, without anything that a display obeys but the ends of its lines.
func safeJSON(_ json: [UInt8]) -> [UInt8] {
    if json.allSatisfy({ $0 < 0x7F }) { return json }
    return String(decoding: json, as: UTF8.self).unicodeScalars.reduce(into: []) { safe, scalar in
        // Below 0x20 there are only ends of lines: in a string they would be no JSON.
        guard scalar.value >= 0x7F, scalar.steersDisplay else {
            safe += Array(String(scalar).utf8)
            return
        }
        for unit in scalar.utf16 {
            let digits = String(unit, radix: 16)
            safe += Array("\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".utf8)
        }
    }
}
