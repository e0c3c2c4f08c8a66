import ExactText
import Identifiers
package import Telemetry

/// Sends nothing to anyone: what its provider takes it writes to the service's log, line by line, for a person to read.
/// The provider takes each notification once; the lines of one can be missing after a crash, never doubled.
package struct SimulatedSender: NotificationSender {
    /// Where it has all of them, its provider takes what goes to one customer in one transaction.
    package let channels: Set<Notification.Channel>
    package let batch = 256
    private let provider: any SimulatedProvider
    private let logger: Logger

    package init(
        _ channels: Set<Notification.Channel> = Set(Notification.Channel.allCases),
        provider: any SimulatedProvider, logger: Logger
    ) {
        self.channels = channels
        self.provider = provider
        self.logger = logger
    }

    package func send(_ notifications: [Notification]) async -> [SendFailure?] {
        let fresh: Set<Identifier>
        do {
            fresh = try await provider.take(notifications.map(\.id))
        } catch {
            return notifications.map { _ in SendFailure("the simulated provider takes nothing: \(error)") }
        }
        var lines = LogLines()
        for notification in notifications where fresh.contains(notification.id) { add(notification, to: &lines) }
        await logger.write(lines)
        return notifications.map { _ in nil }
    }

    /// For people the text a line each below the title; for machines one line with all of it.
    private func add(_ notification: Notification, to lines: inout LogLines) {
        let again = notification.repeatNumber > 0 ? " again (repeat \(notification.repeatNumber))" : ""
        let title = "\(notification.channel == .email ? "e-mail" : "SMS") to \(notification.recipient)\(again)"
        let (id, order) = (notification.id.description, notification.orderID.description)
        switch logger.format {
        case .json:
            lines.add(
                logger, .notice, title,
                [
                    "notification_id": id, "order_id": order, "subject": notification.subject.string,
                    "body": notification.body.string,
                ])
        case .text:
            lines.add(logger, .notice, title, ["notification_id": id, "order_id": order])
            if notification.subject.byteCount > 0 {
                notification.subject.withBytes { lines.add("    | Subject: ", $0) }
                lines.add("    |")
            }
            notification.body.withBytes { Self.addLines(of: $0, to: &lines) }
        }
    }

    /// By bytes: to look for the ends of lines among characters takes a hundred times as long.
    private static func addLines(of body: UnsafeRawBufferPointer, to lines: inout LogLines) {
        var start = 0
        while start <= body.count {
            let rest = UnsafeRawBufferPointer(rebasing: body[start...])
            let line = UnsafeRawBufferPointer(
                rebasing: rest[..<(rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.count)])
            lines.add(line.isEmpty ? "    |" : "    | ", line)
            start += line.count + 1
        }
    }
}
