internal import Synchronization
package import Timestamps

/// What a part of a service says of itself: what stands still in it, and since when. `/health` shows it; it never makes a
/// service unready.
package final class HealthReport: Sendable {
    /// Such as `outbox`; unique in a service.
    package let name: String
    /// By subject.
    private let complaints = Mutex<[String: Complaint]>([:])
    /// So many are told in full; of further ones only how many they are.
    private static let told = 3

    package init(_ name: String) {
        self.name = name
    }

    /// Something is wrong. What is said again about the same subject replaces the text; the time stays that of the first
    /// complaint, unless `since` tells it.
    ///
    /// - Parameter subject: what of the part, such as `orders, partition 3`; empty: all of it.
    package func complain(_ text: String, about subject: String = "", since: Timestamp? = nil) {
        complaints.withLock { complaints in
            let start = since ?? complaints[subject]?.since ?? .now()
            complaints[subject] = Complaint(text, since: start)
        }
    }

    /// All is well again with this subject. To be said as often as one likes.
    package func isWell(about subject: String = "") {
        complaints.withLock { _ = $0.removeValue(forKey: subject) }
    }

    /// All complaints as one, since the oldest of them; nil when all is well.
    package var complaint: Complaint? {
        let all = complaints.withLock { $0 }.sorted { ($0.value.since, $0.key) < ($1.value.since, $1.key) }
        guard let oldest = all.first else { return nil }
        var texts = all.prefix(Self.told).map { subject, complaint in
            subject.isEmpty ? complaint.text : "\(subject): \(complaint.text)"
        }
        if all.count > Self.told { texts.append("and \(all.count - Self.told) more") }
        return Complaint(texts.joined(separator: "; "), since: oldest.value.since)
    }
}
