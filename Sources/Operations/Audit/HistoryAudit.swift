import Events
import Identifiers
import Notifications

/// The other way round: every notification and every inbox row has its event on the log.
struct HistoryAudit {
    let sources: AuditSources
    let scan: LogScan

    /// `merged`: what the log was not seen to have, as far as it was read at first.
    func judge(_ merged: EventMerge.Outcome, into report: inout AuditReport) async throws {
        try await merged.untold.forEachPage { page in
            let missing = Set(try await missing(page.map(\.key)))
            for note in page where missing.contains(note.key) {
                try await add(note, "its event \(note.key) is not on the log", isLost: true, &report)
            }
            for note in page where !note.isOfItsEvent && !missing.contains(note.key) && !scan.begin.isAfter(note.key) {
                try await add(note, Self.unlike, &report)
            }
        }
        try await merged.unlike.forEachPage { page in
            for note in page { try await add(note, Self.unlike, &report) }
        }
        try await judgeInbox(merged.missingOfNotification, Topics.notificationGroup, into: &report)
        try await judgeInbox(merged.missingOfInventory, Topics.inventoryGroup, into: &report)
    }

    private static let unlike = "is not the one that its event makes"

    private func add(
        _ note: NotificationNote, _ problem: String, isLost: Bool = false, _ report: inout AuditReport
    ) async throws {
        let row = try await sources.notifications.notifications(after: note.position - 1, limit: 1).first
        guard let row, row.position == note.position else { return }
        let notification = row.notification
        report.add(
            AuditFinding(
                check: .notifications, subject: "notification \(notification.id) of order \(notification.orderID)",
                problem: problem, isUnknown: isLost && !scan.truncated.isEmpty))
    }

    private func judgeInbox(
        _ events: SortedFile<EventID>, _ group: String, into report: inout AuditReport
    ) async throws {
        try await events.forEachPage { page in
            for event in try await missing(page.map(\.key)) {
                report.add(
                    AuditFinding(
                        check: .inbox, subject: "event \(event)",
                        problem: "\(group) has handled it, and it is not on the log",
                        isUnknown: !scan.truncated.isEmpty))
            }
        }
    }

    /// Those of these events that the log does not have and has not dropped, now that it was read on.
    private func missing(_ events: [Identifier]) async throws -> [Identifier] {
        try await scan.missing(events).filter { !scan.begin.isAfter($0) }
    }
}
