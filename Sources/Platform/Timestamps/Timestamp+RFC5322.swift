extension Timestamp {
    /// As mail has it (RFC 5322, 3.3), in UTC: `Mon, 30 Nov 2026 09:50:04 +0000`.
    package var rfc5322: String {
        let seconds = milliseconds.flooredQuotient(1_000)
        let days = seconds.flooredQuotient(86_400)
        let date = CivilDate(daysSince1970: days)
        let second = Int(seconds - days * 86_400)
        // The first day of 1970 was a Thursday.
        let weekday = Int(days + 4 - (days + 4).flooredQuotient(7) * 7)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let name = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][weekday]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let time = "\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60))"
        return "\(name), \(date.day) \(months[Int(date.month) - 1]) \(date.year) \(time) +0000"
    }
}
