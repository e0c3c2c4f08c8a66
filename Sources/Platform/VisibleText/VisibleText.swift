extension Unicode.Scalar {
    /// Whether nobody sees it where it stands alone: white space, what Unicode has displays ignore (zero-width space and
    /// joiners, fillers of Hangul, variation selectors), what steers them, the empty braille pattern, and marks, which want a
    /// letter to stand on or around.
    package var isInvisible: Bool {
        if value < 0x7F { return value <= 0x20 }
        if [.nonspacingMark, .enclosingMark].contains(properties.generalCategory) { return true }
        return properties.isWhitespace || properties.isDefaultIgnorableCodePoint || steersDisplay || value == 0x2800
    }

    /// Whether a display obeys it instead of showing it: control characters, line and paragraph separators, and all of
    /// Unicode's format characters, those that turn the direction of text among them.
    package var steersDisplay: Bool {
        if value < 0x7F { return value < 0x20 }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return true
        default: return false
        }
    }
}

extension StringProtocol {
    /// For a person at a terminal: nothing in it moves the cursor, changes a colour, turns the direction of text or hides.
    /// Each such character becomes U+FFFD; `keepingLines`: but for the ends of lines.
    package func printable(keepingLines: Bool = false) -> String {
        func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte < 0x7F || keepingLines && byte == 0x0A }
        if utf8.allSatisfy(isPlain) { return String(self) }
        return String(
            String.UnicodeScalarView(
                unicodeScalars.map { $0.steersDisplay && !(keepingLines && $0 == "\n") ? "\u{FFFD}" : $0 }))
    }
}
