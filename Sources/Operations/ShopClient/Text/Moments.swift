import Glibc
import Timestamps
import VisibleText

/// How moments are shown to a person.
package struct Moments: Sendable {
    /// In UTC; otherwise as it is where the program runs (`TZ`).
    package var isUTC: Bool

    package init(isUTC: Bool) {
        self.isUTC = isUTC
        tzset()
    }

    /// `2026-01-31 09:30:00`, with a Z behind it in UTC, of what the API has as RFC 3339. Text that is no moment stays as it is.
    package func text(_ rfc3339: String) -> String { text(rfc3339, withMilliseconds: false) }

    /// The same to the millisecond: `2026-01-31 09:30:00.123`
    package func precise(_ rfc3339: String) -> String { text(rfc3339, withMilliseconds: true) }

    private func text(_ rfc3339: String, withMilliseconds: Bool) -> String {
        guard let moment = Timestamp(rfc3339: rfc3339) else { return rfc3339.printable() }
        // Towards the past, also before 1970.
        var seconds = time_t((moment.milliseconds - (moment.milliseconds < 0 ? 999 : 0)) / 1_000)
        var parts = tm()
        guard (isUTC ? gmtime_r(&seconds, &parts) : localtime_r(&seconds, &parts)) != nil else { return rfc3339 }
        func digits(_ number: Int32, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let day = "\(digits(parts.tm_year + 1_900, 4))-\(digits(parts.tm_mon + 1, 2))-\(digits(parts.tm_mday, 2))"
        let time = "\(digits(parts.tm_hour, 2)):\(digits(parts.tm_min, 2)):\(digits(parts.tm_sec, 2))"
        let rest = Int32(moment.milliseconds - Int64(seconds) * 1_000)
        return "\(day) \(time)\(withMilliseconds ? "." + digits(rest, 3) : "")\(isUTC ? "Z" : "")"
    }
}
