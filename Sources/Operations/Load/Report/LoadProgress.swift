import Glibc
import Synchronization

/// Shows on standard error how a run goes, a line that is written anew each second; only on a terminal.
package final class LoadProgress: Sendable {
    private let isTerminal: Bool
    /// Seconds, with the warm-up; requests at most.
    private let seconds: Int
    private let orders: Int?
    private let isShown = Atomic(false)

    package init(_ plan: LoadPlan) {
        isTerminal = isatty(STDERR_FILENO) == 1
        seconds = Int((plan.duration + plan.warmUp) / 1_000_000_000)
        orders = plan.orders
    }

    package func show(_ placed: Placed) {
        guard isTerminal, let second = placed.seconds.last else { return }
        isShown.store(true, ordering: .relaxed)
        let line = Self.line(placed, second, seconds: seconds, orders: orders)
        write("\r\u{1B}[K" + Self.fitted(line, columns: Self.columns()))
    }

    /// Something else that takes its time.
    package func say(_ text: String) {
        guard isTerminal else { return }
        isShown.store(true, ordering: .relaxed)
        write("\r\u{1B}[K\(text)")
    }

    package func end() {
        if isShown.exchange(false, ordering: .relaxed) { write("\r\u{1B}[K") }
    }

    static func line(_ placed: Placed, _ second: Placed.Second, seconds: Int, orders: Int?) -> String {
        let (done, total) =
            orders.map { (placed.measured.answered + placed.measured.failures, $0) }
            // The answers to the last requests come in a second of their own.
            ?? (min(placed.seconds.count, seconds), seconds)
        let full = min(24, 24 * done / max(1, total))
        let bar = "[" + String(repeating: "=", count: full) + String(repeating: " ", count: 24 - full) + "]"
        let phase = second.number < 0 ? "warm-up  " : ""
        let unit = orders == nil ? " s" : ""
        return "\(phase)\(bar)  \(done) of \(total)\(unit)  \(second.answered)/s  "
            + "p50 \(LoadReport.duration(second.p50))  p99 \(LoadReport.duration(second.p99))  "
            + "\(placed.all.failures) failed  \(placed.all.refusals) refused"
    }

    /// A line that is longer than the terminal is wide could not be written anew: only its last part would go.
    static func fitted(_ line: String, columns: Int?) -> String {
        guard let columns, columns > 1, line.count >= columns else { return line }
        return String(line.prefix(columns - 1))
    }

    /// nil: nobody knows.
    private static func columns() -> Int? {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    private func write(_ text: String) {
        var text = text
        text.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
