extension String {
    /// The text, or where it is longer its beginning with `…` behind it: for what a caller sent and an error repeats.
    /// `limit` in bytes, without the mark.
    package func excerpt(_ limit: Int = 100) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(startIndex, offsetBy: limit)
        while end > startIndex, UTF8.isContinuation(utf8[end]) { end = utf8.index(before: end) }
        return self[..<end] + "…"
    }
}
