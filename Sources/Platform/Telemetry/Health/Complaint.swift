package import Timestamps

/// What is wrong with something, and since when.
package struct Complaint: Sendable, Hashable {
    /// For operators: what stands still, why and, where that helps, what to do.
    package var text: String
    package var since: Timestamp

    package init(_ text: String, since: Timestamp) {
        self.text = text
        self.since = since
    }
}
