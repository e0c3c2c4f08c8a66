import ExactText
import Inventory

/// What does not agree about the stock of one product. Does no I/O.
struct StockJudge {
    /// What the log and the reservations say of a product, in units.
    struct Sums {
        /// Came by the log, less what was taken by hand.
        var logged: Int64 = 0
        /// Reserved by reservations, held or sold.
        var reserved: Int64 = 0
        /// Left by reservations.
        var shipped: Int64 = 0
        /// What the log last said that it is, as `ProductWords` has it; nil: nothing.
        var essentials: ExactText?
        var further: ExactText?
    }

    var isTruncated: Bool

    /// `unseen`: units that came by events that the log was not seen to have.
    func findings(_ product: Product, _ sums: Sums, unseen: Int64 = 0) -> [AuditFinding] {
        let came = sums.logged + unseen
        let there = product.available + product.reserved + sums.shipped
        func finding(_ problem: String, isUnknown: Bool = false) -> AuditFinding {
            AuditFinding(
                check: .stock, subject: "product \(product.productID)", problem: problem, isUnknown: isUnknown)
        }
        var findings: [AuditFinding] = []
        if product.available < 0 || product.reserved < 0 {
            findings.append(finding("\(product.available) available, \(product.reserved) reserved"))
        }
        if there != came {
            findings.append(
                finding(
                    "\(product.available) available + \(product.reserved) reserved + \(sums.shipped) shipped = \(there)"
                        + ", and by the log \(came) came in", isUnknown: isTruncated))
        }
        if sums.reserved != product.reserved {
            findings.append(
                finding("\(product.reserved) are reserved, and the reservations add up to \(sums.reserved)"))
        }
        let words = ProductWords(product)
        for (live, logged) in [(words.essentials, sums.essentials), (words.further, sums.further)] {
            guard let logged, logged != live else { continue }
            findings.append(finding("it is \(live), and by the log \(logged)", isUnknown: isTruncated))
        }
        return findings
    }
}
