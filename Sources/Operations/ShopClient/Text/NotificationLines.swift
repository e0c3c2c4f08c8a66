package import JSON
import VisibleText

/// Notifications, as a person reads them.
package struct NotificationLines: Sendable {
    private let moments: Moments
    private let paint: Paint
    /// Columns of the terminal; nil: as wide as it gets.
    private let width: Int?

    package init(_ moments: Moments, paint: Paint, width: Int?) {
        self.moments = moments
        self.paint = paint
        self.width = width
    }

    package func list(_ notifications: [JSONValue]) -> String {
        var table = TextTable([
            .init("NOTIFICATION"), .init("MADE"), .init("TYPE"), .init("CHANNEL"), .init("RECIPIENT", mayBeCut: true),
            .init("STATUS"), .init("TRIES", isNumber: true),
        ])
        for notification in notifications {
            let status = notification["status"]?.string ?? ""
            table.add(
                ["notification_id", "created_at", "type", "channel", "recipient", "status", "attempts"].map { name in
                    let text = notification[name]?.line ?? ""
                    return name == "created_at" ? moments.text(text) : text
                }, colours: Paint.colour(ofState: status).map { [5: $0] } ?? [:])
        }
        return table.text(width: width, paint: paint)
    }

    package func one(_ notification: JSONValue) -> String {
        let status = notification["status"]?.string ?? ""
        let head = "Notification \(notification["notification_id"]?.line.printable() ?? "") "
        var fields = FieldLines()
        fields.add("order", notification["order_id"]?.string)
        fields.add("type", notification["type"]?.string)
        fields.add("to", notification["recipient"]?.string)
        fields.add("by", notification["channel"]?.string)
        fields.add("made", notification["created_at"]?.string.map(moments.text))
        fields.add("sent", notification["sent_at"]?.string.map(moments.text))
        fields.add("tries", notification["attempts"]?.line)
        fields.add("subject", notification["subject"]?.string)
        let body = notification["body"]?.string?.printable(keepingLines: true) ?? ""
        return head + paint(Paint.colour(ofState: status), status.printable()) + "\n" + fields.text() + "\n\n" + body
    }
}
