package import EventLog
import Events
import Shop
import Timestamps
import VisibleText

/// A record as a person reads it, on one line: time, place, type, key, the essentials.
package enum RecordText {
    package static func lines(_ records: [StoredRecord], inColour: Bool) -> [UInt8] {
        records.reduce(into: []) { lines, record in
            lines += line(record, inColour: inColour).utf8
            lines.append(UInt8(ascii: "\n"))
        }
    }

    package static func line(_ record: StoredRecord, inColour: Bool) -> String {
        let place = record.position
        let type = type(record)
        let time = record.time.rfc3339
        func colour(_ code: String, _ text: String) -> String { inColour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
        return [
            colour("2", time), colour("2", place.text),
            colour(self.colour(type), type), key(record), brief(essentials(record)),
        ].joined(separator: "  ")
    }

    /// The event's type by its short name; `-` for what has none.
    package static func type(_ record: StoredRecord) -> String {
        record.eventType.map { brief(shortName($0)) } ?? "-"
    }

    /// Its key; `-` for none.
    package static func key(_ record: StoredRecord) -> String {
        record.key.map { brief(String(decoding: $0, as: UTF8.self)) } ?? "-"
    }

    /// Bytes as text, all of it; `-` for none.
    package static func printable(_ bytes: [UInt8]?) -> String {
        bytes.map { String(decoding: $0, as: UTF8.self).printable() } ?? "-"
    }

    /// So much of a text belongs on one line, in Unicode scalars: what other systems write has any length.
    private static let briefLength = 500

    /// The beginning of a text, as it may be shown.
    package static func brief(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: briefLength, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return text.printable() }
        return text[..<end].printable() + "…"
    }

    /// `orderlog.OrderConfirmed.v1` is OrderConfirmed; other types are as they are.
    package static func shortName(_ type: String) -> String {
        let parts = type.split(separator: ".")
        return parts.count == 3 && parts[0] == "orderlog" ? String(parts[1]) : type
    }

    private static func colour(_ type: String) -> String {
        switch type {
        case "OrderConfirmed", "ProductAdded", "StockReplenished": "32"
        case "OrderCancelled", "OrderRejected": "31"
        case "StockStatusChanged", "ProductChanged": "33"
        default: "36"
        }
    }

    private static func essentials(_ record: StoredRecord) -> String {
        if let event = try? OrderEvent(record) {
            let units = event.order.items.reduce(0) { $0 + $1.quantity }
            let customer = event.order.customer.map { "\($0.name) <\($0.email)>" } ?? "nobody"
            let reason = event.order.reason.map { ", \($0)" } ?? ""
            return "\(customer), \(units) units, \(event.order.total.text)\(reason)"
        }
        if let event = try? InventoryEvent(record) {
            let product = event.product
            let stock = "\(product.available) available, \(product.reserved) reserved"
            switch event.change {
            case .productAdded(let quantity), .stockReplenished(let quantity): return "+\(quantity): \(stock)"
            case .stockTaken(let quantity): return "-\(quantity): \(stock)"
            case .stockStatusChanged(let from):
                return "\(from.rawValue) to \(product.status.rawValue): \(stock)"
            case .productChanged(let members):
                let price = "\(product.price.amount) \(product.price.currency)"
                let archived = product.isArchived ? ", archived" : ""
                return "\(members.joined(separator: ", ")): \(product.name), \(price)\(archived)"
            }
        }
        let error = record.header("dlq.error").map { ": \($0)" } ?? ""
        return record.value.map { "\($0.count) bytes\(error)" } ?? "no value\(error)"
    }
}
