extension StringProtocol {
    /// The columns that a terminal takes to show it: two for a character of China, Japan or Korea and for an emoji, none for a mark
    /// that stands on the letter before it. Of text without anything that a display obeys (`printable`).
    package var columns: Int {
        var text = String(self)
        let plain = text.withUTF8 { bytes in PlainASCII.isAll(UnsafeRawBufferPointer(bytes)) }
        return plain ? text.utf8.count : text.unicodeScalars.reduce(0) { $0 + $1.columns }
    }

    /// Its beginning, of at most so many columns, with `…` as the last of them where something is left out.
    package func fitting(columns limit: Int) -> String {
        guard columns > limit else { return String(self) }
        guard limit > 0 else { return "" }
        var (taken, width) = (String.UnicodeScalarView(), 0)
        for scalar in String(self).unicodeScalars {
            guard width + scalar.columns <= limit - 1 else { break }
            taken.append(scalar)
            width += scalar.columns
        }
        return String(taken) + "…"
    }
}

extension Unicode.Scalar {
    fileprivate var columns: Int {
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        return properties.isEmojiPresentation || Self.wide.contains { $0.contains(value) } ? 2 : 1
    }

    /// The blocks whose characters are wide or full-width by Unicode's EastAsianWidth.txt, as terminals have them.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
        0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x17000...0x18CFF, 0x1B000...0x1B2FF,
        0x20000...0x3FFFD,
    ]
}
