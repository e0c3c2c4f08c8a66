import HTTPClient
import Timestamps

/// `Retry-After` of RFC 9110 (10.2.3): seconds, or a time.
enum RetryAfter {
    /// Whoever asks to be left alone for longer is asked all the same.
    static let longest: Duration = .seconds(3_600)

    /// nil: the answer has none, or none that can be read. `now`: by our clock, where the answer does not say what time it is by its own.
    static func of(_ response: HTTPClientResponse, at now: Timestamp = .now()) -> Duration? {
        guard let text = response.header("retry-after") else { return nil }
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return Int64(text).map { min(.seconds($0), longest) } ?? longest
        }
        guard let then = time(text) else { return nil }
        let now = response.header("date").flatMap(time) ?? now
        return min(max(.milliseconds(then.milliseconds - now.milliseconds), .zero), longest)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, as all senders have to write it (5.6.7).
    private static func time(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT", let month = months.firstIndex(of: parts[2])
        else { return nil }
        return Timestamp(rfc3339: "\(parts[3])-\(month < 9 ? "0" : "")\(month + 1)-\(parts[1])T\(parts[4])Z")
    }

    private static let months: [Substring] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
