import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Shows on standard error how far long work has come: a bar with rate and time left on a terminal, otherwise a plain
/// line every five seconds. Work that is over at once shows nothing.
package final class Progress: Sendable {
    private struct State {
        var stage = ""
        var total: Int64 = 0
        var done: Int64 = 0
        var begin = ContinuousClock.now
        var shownAt: ContinuousClock.Instant?
        var isBarShown = false
    }
    private let state = Mutex(State())
    private let isTerminal: Bool
    private let write: @Sendable (String) -> Void
    /// Hears of each step instead of a person.
    private let tell: (@Sendable (_ stage: String, _ done: Int64, _ total: Int64) -> Void)?

    /// Shows nothing for as long as this.
    private static let patience: Duration = .milliseconds(500)

    package convenience init() {
        self.init(isTerminal: isatty(STDERR_FILENO) == 1) { text in
            var text = text
            text.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
        }
    }

    init(isTerminal: Bool, write: @escaping @Sendable (String) -> Void) {
        self.isTerminal = isTerminal
        self.write = write
        tell = nil
    }

    /// Shows nothing: `tell` hears how far it is, each time that something was done.
    package init(tell: @escaping @Sendable (_ stage: String, _ done: Int64, _ total: Int64) -> Void) {
        isTerminal = false
        write = { _ in }
        self.tell = tell
    }

    /// The next part of the work, of `total` things; 0 where nobody knows.
    package func begin(_ stage: String, total: Int64) {
        let text = state.withLock { state in
            defer { state = State(stage: stage, total: total, shownAt: state.shownAt) }
            return state.isBarShown ? Self.eraseLine : ""
        }
        if !text.isEmpty { write(text) }
        tell?(stage, 0, total)
    }

    /// So many more are done.
    package func advance(by count: Int) {
        let text = state.withLock { state -> String? in
            state.done += Int64(count)
            tell?(state.stage, state.done, state.total)
            let now = ContinuousClock.now
            let since = now - (state.shownAt ?? state.begin)
            let due: Duration =
                isTerminal ? (state.shownAt == nil ? Self.patience : .milliseconds(100)) : .seconds(5)
            guard since >= due else { return nil }
            state.shownAt = now
            state.isBarShown = isTerminal
            let line = Self.line(
                stage: state.stage, done: state.done, total: state.total, elapsed: now - state.begin,
                withBar: isTerminal)
            return isTerminal ? Self.eraseLine + line : line + "\n"
        }
        if let text { write(text) }
    }

    /// Takes the bar away.
    package func end() { begin("", total: 0) }

    private static let eraseLine = "\r\u{1B}[K"

    static func line(stage: String, done: Int64, total: Int64, elapsed: Duration, withBar: Bool) -> String {
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
        let rate = seconds > 0 ? Double(done) / seconds : 0
        guard total > 0 else { return "\(stage)  \(done)  \(Int64(rate))/s" }
        let part = min(Double(done) / Double(total), 1)
        let left = rate > 0 ? Double(max(total - done, 0)) / rate : 0
        let bar = withBar ? bar(part) : ""
        return "\(stage)  \(bar)\(Int(part * 100))%  \(done) of \(total)  \(Int64(rate))/s  \(time(left)) left"
    }

    private static func bar(_ part: Double) -> String {
        let width = 24
        let full = Int(part * Double(width))
        return "[" + String(repeating: "=", count: full) + String(repeating: " ", count: width - full) + "]  "
    }

    private static func time(_ seconds: Double) -> String {
        let seconds = Int(seconds.rounded(.up))
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3_600 { return "\(seconds / 60) min \(seconds % 60) s" }
        return "\(seconds / 3_600) h \(seconds / 60 % 60) min"
    }
}
