import EventLog
import Events
package import ExactText
import Headers
package import Identifiers
import Shop

/// Who is looked for, and what is known of them so far.
package struct CustomerMatch: Sendable {
    /// Compared by its bytes.
    package let email: ExactText
    /// Theirs, also where nothing personal is left in them.
    package internal(set) var orders: Set<Identifier> = []
    package internal(set) var phones: Set<ExactText> = []

    package init(email: ExactText) {
        self.email = email
    }

    mutating func add(_ order: Identifier, _ customer: Customer?) {
        orders.insert(order)
        if let phone = customer?.phone, phone != Erased.phone { phones.insert(phone) }
    }

    /// Whether a record on the log has something of theirs in it; what it tells of them is added.
    mutating func find(in record: StoredRecord) -> Bool {
        if record.isErased { return false }
        guard let event = try? OrderEvent(record) else { return isInUnreadable(record) }
        guard let customer = event.order.customer, !customer.isErased,
            customer.email == email || orders.contains(event.order.orderID)
        else { return false }
        add(event.order.orderID, customer)
        return true
    }

    /// Of a record that is no event of ours, or only a piece of one, the key says whose order it is about; or their address
    /// stands in it, as it is.
    private func isInUnreadable(_ record: StoredRecord) -> Bool {
        // What says that a dead letter was redriven has nothing in it.
        guard record.value != nil else { return false }
        let key = record.key.map { String(decoding: $0, as: UTF8.self) }
        for case let subject? in [key, record.header("ce_subject")] {
            if let order = Identifier(subject), orders.contains(order) { return true }
        }
        let address = Array(email.string.utf8)
        return record.value?.names(address) == true || record.headers.contains { $0.value?.names(address) == true }
    }

    /// Whether an entry of the outbox has something of theirs in it.
    mutating func find(in event: OrderEvent.Order) -> Bool {
        guard let customer = event.customer, !customer.isErased,
            customer.email == email || orders.contains(event.orderID)
        else { return false }
        add(event.orderID, customer)
        return true
    }
}

extension [UInt8] {
    /// Whether this address stands somewhere in it, and not only as a piece of a longer one, which is somebody else's:
    /// `an@example.com` in `joan@example.com`.
    func names(_ address: [UInt8]) -> Bool {
        guard let first = address.first, count >= address.count else { return false }
        return withUnsafeBufferPointer { bytes in
            var start = 0
            while start <= bytes.count - address.count,
                let found = bytes[start...(bytes.count - address.count)].firstIndex(of: first)
            {
                let end = found + address.count
                if bytes[found..<end].elementsEqual(address), !Self.goesOn(bytes, before: found),
                    !Self.goesOn(bytes, behind: end)
                {
                    return true
                }
                start = found + 1
            }
            return false
        }
    }

    private static func goesOn(_ bytes: UnsafeBufferPointer<UInt8>, before start: Int) -> Bool {
        guard start > 0 else { return false }
        let byte = bytes[start - 1]
        // Of a line break in JSON, `\n`, the letter is no letter.
        if start > 1, bytes[start - 2] == UInt8(ascii: "\\"), "nrtbf".utf8.contains(byte) { return false }
        return isOfWord(byte) || ".+%".utf8.contains(byte)
    }

    private static func goesOn(_ bytes: UnsafeBufferPointer<UInt8>, behind end: Int) -> Bool {
        guard end < bytes.count else { return false }
        // A dot may be the end of a sentence.
        guard bytes[end] == UInt8(ascii: ".") else { return isOfWord(bytes[end]) }
        return end + 1 < bytes.count && isOfWord(bytes[end + 1])
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), 0x80...0xFF:
            true
        default: false
        }
    }
}
