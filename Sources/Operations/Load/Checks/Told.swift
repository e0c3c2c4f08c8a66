import Identifiers
import JSON
import Timestamps

/// How long it took from an order's answer until its customer was told, by the notification service.
///
/// Of each sample the notifications are looked up after the run, so that the run is not disturbed: each says when it was sent.
/// So it is exact to the millisecond, however late it is looked at, where both clocks are one machine's or agree. Told before
/// the answer was here counts as 0.
package struct Told: Sendable {
    package internal(set) var latency = LatencyHistogram()
    /// The same for each tenth of the samples, in the order in which they were accepted: whether telling falls behind.
    package internal(set) var tenths = Array(repeating: LatencyHistogram(), count: 10)
    package internal(set) var missing = 0
    /// nil: they could be looked up.
    package internal(set) var complaint: String?

    package init() {}
}

extension ShopCalls {
    /// Look-ups at a time.
    private static let atOnce = 8

    /// Waits until the customer of the last sample was told, until `end` at most.
    package func waitUntilTold(_ samples: [Placed.Sample], until end: ContinuousClock.Instant) async {
        guard let notification, let last = samples.last else { return }
        while .now < end {
            guard let sentAt = try? await toldAt(last.order, notification) else { return }
            if sentAt != .notYet { return }
            do { try await Task.sleep(for: .milliseconds(20)) } catch { return }
        }
    }

    /// Looks up when the customers of the samples were told; waits for the last of them until `end` at most.
    package func told(_ samples: [Placed.Sample], until end: ContinuousClock.Instant) async -> Told {
        var told = Told()
        guard let notification else {
            told.complaint = "say --notification"
            return told
        }
        await withTaskGroup(of: (Int, Result<UInt64?, LoadFailure>).self) { group in
            var rest = samples[...]
            func lookUpNext() {
                let tenth = rest.startIndex * 10 / max(1, samples.count)
                guard let sample = rest.popFirst() else { return }
                group.addTask { (tenth, await latency(sample, notification, until: end)) }
            }
            for _ in 0..<Self.atOnce { lookUpNext() }
            for await (tenth, result) in group {
                switch result {
                case .success(let nanoseconds?):
                    told.latency.record(nanoseconds)
                    told.tenths[tenth].record(nanoseconds)
                case .success(nil): told.missing += 1
                case .failure(let failure):
                    told.complaint = failure.message
                    rest = []
                }
                lookUpNext()
            }
        }
        return told
    }

    /// nil: not until then.
    private func latency(
        _ sample: Placed.Sample, _ notification: Target, until end: ContinuousClock.Instant
    ) async -> Result<UInt64?, LoadFailure> {
        while true {
            do throws(LoadFailure) {
                if case .at(let milliseconds) = try await toldAt(sample.order, notification) {
                    return .success(UInt64(max(0, milliseconds - sample.at)) * 1_000_000)
                }
            } catch {
                return .failure(error)
            }
            guard .now < end, (try? await Task.sleep(for: .milliseconds(50))) != nil else { return .success(nil) }
        }
    }

    private enum Moment: Equatable {
        case notYet
        /// Milliseconds since 1970.
        case at(Int64)
    }

    /// When the first message that an order is confirmed was sent. A system that does not tell when (`sent_at`) counts as having
    /// told when it made the notification.
    private func toldAt(_ order: UInt128, _ notification: Target) async throws(LoadFailure) -> Moment {
        let id = Identifier(high: UInt64(truncatingIfNeeded: order >> 64), low: UInt64(truncatingIfNeeded: order))
        let answer = try await get(notification, "/notifications/order/\(id)")
        var first: Int64?
        let isRead: Bool? = try? JSON.read(answer, isOpen: true) { json in
            try json.object { key, json in
                guard case "notifications" = key else { return }
                _ = try json.array(count: 0...10_000) { json in
                    let notification = try NotificationLine.read(&json)
                    guard notification.kind == "order_confirmed", let at = notification.toldAt else { return }
                    first = min(first ?? .max, at)
                }
            }
        }
        guard isRead == true else {
            throw LoadFailure("GET \(notification.url)/notifications/order/ID: it has no list of notifications")
        }
        return first.map { Moment.at($0) } ?? .notYet
    }
}

/// What load wants to know of a notification.
struct NotificationLine {
    var order: UInt128 = 0
    var kind = ""
    var channel = ""
    var recipient = ""
    var toldAt: Int64?
    var createdAt: Int64?

    /// Reads an object; what is missing stays as it is above.
    static func read(_ json: inout JSONReader) throws -> NotificationLine {
        var line = NotificationLine()
        var saysWhen = false
        _ = try json.object { key, json in
            switch key {
            case "order_id": line.order = try json.string().flatMap { Identifier($0) }?.number ?? 0
            case "type": line.kind = try json.string() ?? ""
            case "channel": line.channel = try json.string() ?? ""
            case "recipient": line.recipient = try json.string() ?? ""
            case "sent_at":
                saysWhen = true
                line.toldAt = try json.null() ? nil : try json.string().flatMap { Timestamp(rfc3339: $0) }?.milliseconds
            case "created_at": line.createdAt = try json.string().flatMap { Timestamp(rfc3339: $0) }?.milliseconds
            default: try json.skip()
            }
        }
        if !saysWhen { line.toldAt = line.createdAt }
        return line
    }
}

extension Identifier {
    var number: UInt128 { UInt128(high) << 64 | UInt128(low) }
}
