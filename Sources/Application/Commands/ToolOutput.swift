import Glibc

/// Standard output of a tool whose exit code says what it found.
enum ToolOutput {
    /// Why what was printed could not be written, which a tool has to know before it says what it found; nil when it could,
    /// or when whoever read it had enough.
    static func trouble() -> String? {
        guard fflush(nil) != 0, errno != EPIPE else { return nil }
        return "its output can't be written: \(String(cString: strerror(errno)))"
    }
}
