internal import Masking

/// What libpq says of a connection that failed or broke, made ready for people: one line, without passwords.
struct ConnectionReport {
    /// The code that the server gave, of five characters; empty where it gave none. While connecting libpq has it in no other
    /// place than the text.
    private(set) var sqlState = ""
    private(set) var text: String

    /// `message`: of libpq's, verbose (`PQERRORS_VERBOSE`) or not; in any language.
    init(_ message: String) {
        var lines: [String] = []
        for line in message.split(whereSeparator: \.isNewline) {
            // The second line of an advice begins with a tab.
            var line = line.trimmingPrefix(while: \.isWhitespace)
            // `LOCATION:  auth_failed, auth.c:331`: where in PostgreSQL's source.
            if line.wholeMatch(of: /[^:]+: +\S+, \S+\.c:[0-9]+/) != nil { continue }
            // `FATAL:  28P01: password authentication failed for user "shop"`
            if let match = line.firstMatch(of: /: {2}([0-9A-Z]{5}): +/) {
                sqlState = String(match.output.1)
                line = line[..<match.range.lowerBound] + ": " + line[match.range.upperBound...] + " (\(match.output.1))"
            }
            lines.append(Self.withoutValue(String(line)))
        }
        text = Masked.address(lines.joined(separator: "; "))
    }

    /// `invalid integer value "…" for connection option "port"`: the value may be a part of a password that was cut.
    private static func withoutValue(_ line: String) -> String {
        guard line.hasPrefix("invalid "), let first = line.firstIndex(of: "\""),
            let last = line[line.index(after: first)...].firstIndex(of: "\"")
        else { return line }
        return line[...first] + "***" + line[last...]
    }
}
