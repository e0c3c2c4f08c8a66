import Identifiers
import JSON
import Timestamps

/// Whether what was accepted is stored and told, and stock is conserved.
extension ShopCalls {
    /// Milliseconds that the services' clock may be behind ours.
    private static let skew: Int64 = 60_000
    private static let pause: Duration = .milliseconds(200)

    package func findings(
        _ placed: Placed, _ plan: LoadPlan, isMarked: Bool, before: [String: Stock], samples told: Told,
        until end: ContinuousClock.Instant
    ) async -> [Finding] {
        var findings = [Self.repeats(placed)]
        if isMarked {
            findings.append(
                await compare("stored", placed, until: end) { try await stored(plan.mark, placed.began, until: end) })
            if notification == nil {
                findings.append(Finding("told", .unknown, "say --notification"))
            } else {
                findings.append(
                    await compare("told", placed, until: end) {
                        try await toldOrders(plan.mark, placed.began, until: end)
                    })
            }
        } else {
            for name in ["stored", "told"] {
                findings.append(
                    Finding(name, .unknown, "orders of a file have no mark by which they are found again; say --data"))
            }
        }
        if told.missing > 0 {
            findings.append(Finding("samples_told", .disagrees, "\(told.missing) sampled orders were not told in time"))
        }
        findings.append(await stockIsConserved(placed, plan, before, until: end))
        return findings
    }

    private static func repeats(_ placed: Placed) -> Finding {
        let (right, wrong) = (placed.all.repeated, placed.all.repeatedWrongly)
        if wrong > 0 {
            return Finding(
                "repeats", .disagrees, "\(wrong) of \(right + wrong) repeats were answered with another order")
        }
        return Finding("repeats", .holds, "\(right) requests were said again and are the same order")
    }

    /// Looks again until they agree, or there is no more time.
    private func compare(
        _ name: String, _ placed: Placed, until end: ContinuousClock.Instant, _ look: () async throws -> OrderSet
    ) async -> Finding {
        let accepted = OrderSet(count: placed.all.accepted, sum: placed.sum)
        while true {
            let found: OrderSet
            do { found = try await look() } catch { return Finding(name, .unknown, "\(error)") }
            if found == accepted { return Finding(name, .holds, "accepted \(accepted.count) = \(name) \(found.count)") }
            let isPossible = placed.unknown > 0 && found.count >= accepted.count
            // What nobody knows may still arrive; then more than was accepted is no mistake.
            if isPossible, found.count <= accepted.count + placed.unknown {
                return Finding(
                    name, .holds,
                    "accepted \(accepted.count) ≤ \(name) \(found.count) ≤ \(accepted.count + placed.unknown), for of \(placed.unknown) requests nobody knows"
                )
            }
            guard .now < end, (try? await Task.sleep(for: Self.pause)) != nil else {
                let others = found.count == accepted.count ? ", and they are not the same" : ""
                return Finding(name, .disagrees, "accepted \(accepted.count), \(name) \(found.count)\(others)")
            }
        }
    }

    private func stored(_ mark: String, _ began: Int64, until end: ContinuousClock.Instant) async throws(LoadFailure)
        -> OrderSet
    {
        var set = OrderSet()
        let domain = "@" + OrderMix.domain(of: mark)
        try await list(orders, "/orders", "orders", until: end) { json in
            var (id, email, status): (UInt128?, String, String) = (nil, "", "")
            var createdAt: Int64?
            _ = try json.object { key, json in
                switch key {
                case "order_id": id = try json.string().flatMap { Identifier($0) }?.number
                case "status": status = try json.string() ?? ""
                case "created_at": createdAt = try json.string().flatMap { Timestamp(rfc3339: $0) }?.milliseconds
                case "customer":
                    _ = try json.object { key, json in
                        if case "email" = key { email = try json.string() ?? "" } else { try json.skip() }
                    }
                default: try json.skip()
                }
            }
            if let id, email.hasSuffix(domain), status != "rejected" { set.insert(id) }
            return createdAt ?? .max >= began - Self.skew
        }
        return set
    }

    private func toldOrders(
        _ mark: String, _ began: Int64, until end: ContinuousClock.Instant
    ) async throws(LoadFailure) -> OrderSet {
        guard let notification else { return OrderSet() }
        var set = OrderSet()
        let domain = "@" + OrderMix.domain(of: mark)
        try await list(notification, "/notifications", "notifications", until: end) { json in
            let line = try NotificationLine.read(&json)
            if line.channel == "email", line.kind == "order_confirmed", line.toldAt != nil,
                line.recipient.hasSuffix(domain)
            {
                set.insert(line.order)
            }
            return line.createdAt ?? .max >= began - Self.skew
        }
        return set
    }

    /// What was available is reserved now, and no more and no less than was ordered. It takes for granted that nobody else
    /// orders, or moves stock, meanwhile.
    private func stockIsConserved(
        _ placed: Placed, _ plan: LoadPlan, _ before: [String: Stock], until end: ContinuousClock.Instant
    ) async -> Finding {
        guard inventory != nil else { return Finding("stock", .unknown, "say --inventory") }
        guard !before.isEmpty else { return Finding("stock", .unknown, "nobody knows which products are ordered") }
        var accepted: [String: Int64] = [:]
        var unknown: [String: Int64] = [:]
        for (number, draft) in plan.drafts.enumerated() {
            for (product, units) in draft.units {
                accepted[product, default: 0] += units * Int64(placed.acceptedDrafts[number])
                unknown[product, default: 0] += units * Int64(placed.unknownDrafts[number])
            }
        }
        while true {
            let after: [String: Stock]
            do throws(LoadFailure) {
                after = try await stock(of: before.keys.sorted())
            } catch {
                return Finding("stock", .unknown, error.message)
            }
            let wrong = before.keys.sorted().filter { product in
                guard let old = before[product], let new = after[product] else { return true }
                let taken = old.available - new.available
                let most = accepted[product, default: 0] + unknown[product, default: 0]
                return taken != new.reserved - old.reserved || taken < accepted[product, default: 0] || taken > most
            }
            if wrong.isEmpty {
                let units = accepted.values.reduce(0, +)
                return Finding(
                    "stock", .holds, "\(units) units of \(before.count) products moved from available to reserved")
            }
            guard .now < end, (try? await Task.sleep(for: Self.pause)) != nil else {
                let first = wrong[0]
                let taken = (before[first]?.available ?? 0) - (after[first]?.available ?? 0)
                let reserved = (after[first]?.reserved ?? 0) - (before[first]?.reserved ?? 0)
                return Finding(
                    "stock", .disagrees,
                    "of \(wrong.count) products, first \(first): \(accepted[first, default: 0]) units ordered, \(taken) taken from available, \(reserved) added to reserved"
                )
            }
        }
    }
}
