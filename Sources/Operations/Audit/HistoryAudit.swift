import Events
import Identifiers
import Inbox
import Notifications
import Progress

/// The other way round: every notification and every inbox row has its event on the log.
final class HistoryAudit {
    private static let page = 1_000

    private let sources: AuditSources
    private let scratch: Scratch
    private let scan: LogScan
    private let progress: Progress

    init(sources: AuditSources, scratch: Scratch, scan: LogScan, progress: Progress) {
        self.sources = sources
        self.scratch = scratch
        self.scan = scan
        self.progress = progress
    }

    func judge(into report: inout AuditReport) async throws {
        try await judgeNotifications(into: &report)
        try await judgeInbox(of: sources.notifications, Topics.notificationGroup, into: &report)
        try await judgeInbox(of: sources.inventory, Topics.inventoryGroup, into: &report)
    }

    private func judgeNotifications(into report: inout AuditReport) async throws {
        progress.begin("notifications", total: try await sources.notifications.lastPosition())
        var position: Int64 = 0
        var queued = 0
        var failed = 0
        while true {
            let page = try await sources.notifications.notifications(after: position, limit: Self.page)
            guard let last = page.last else { break }
            position = last.position
            report.count(.notifications, page.count)
            queued += page.count { $0.notification.status == .queued }
            failed += page.count { $0.notification.status == .failed }
            let ofEvents = page.map(\.notification).filter { $0.eventID != nil }
            let missing = Set(try await missing(ofEvents.compactMap(\.eventID)))
            for notification in ofEvents {
                guard let event = notification.eventID else { continue }
                if missing.contains(event) {
                    add(notification, "its event \(event) is not on the log", isLost: true, &report)
                } else if notification.id
                    != Notification.id(
                        event: event, channel: notification.channel, repeatNumber: notification.repeatNumber)
                {
                    add(notification, "is not the one that its event makes", &report)
                }
            }
            progress.advance(by: page.count)
        }
        if queued > 0 { report.note(.notifications, "\(queued) not sent yet") }
        if failed > 0 { report.note(.notifications, "\(failed) failed for good") }
    }

    private func add(
        _ notification: Notification, _ problem: String, isLost: Bool = false,
        _ report: inout AuditReport
    ) {
        report.add(
            AuditFinding(
                check: .notifications, subject: "notification \(notification.id) of order \(notification.orderID)",
                problem: problem, isUnknown: isLost && !scan.truncated.isEmpty))
    }

    private func judgeInbox(
        of reader: any InboxReader, _ group: String, into report: inout AuditReport
    ) async throws {
        var last: Identifier?
        while true {
            let page = try await reader.inbox(after: last, limit: Self.page)
            guard let end = page.last else { return }
            last = end
            report.count(.inbox, page.count)
            for event in try await missing(page) {
                report.add(
                    AuditFinding(
                        check: .inbox, subject: "event \(event)",
                        problem: "\(group) has handled it, and it is not on the log",
                        isUnknown: !scan.truncated.isEmpty))
            }
        }
    }

    /// Those of these events that the log does not have, also when it is read once more.
    private func missing(_ events: [Identifier]) async throws -> [Identifier] {
        let missing = try await scratch.missing(events, from: "events")
        if missing.isEmpty { return [] }
        try await scan.run()
        return try await scratch.missing(missing, from: "events")
    }
}
