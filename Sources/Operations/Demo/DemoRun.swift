import Identifiers
import JSON
import Shop
package import ShopClient

/// Lives through a demo's day with a shop, by its public API.
package struct DemoRun: Sendable {
    private let client: ShopClient
    private let day: DemoDay
    /// How long the day is to take; zero: as long as the answers take.
    private let length: Duration

    package init(_ client: ShopClient, day: DemoDay, length: Duration) {
        self.client = client
        self.day = day
        self.length = length
    }

    /// Whether nobody has ordered there yet.
    package static func isEmpty(_ client: ShopClient) async throws -> Bool {
        try await client.list("/orders", of: .order, "orders", limit: 1).items.isEmpty
    }

    /// The things to be done, for who shows how far it is.
    package var steps: Int { DemoGoods.all.count + day.deeds.count }

    /// Throws a `ShopError` for what nobody expects, or that the task was cancelled.
    ///
    /// - Parameter advance: called after each step
    package func run(_ advance: () -> Void) async throws -> DemoReport {
        var report = DemoReport()
        for goods in DemoGoods.all {
            try await offer(goods, &report)
            advance()
        }
        let begin = ContinuousClock.now
        var ids: [Int: String] = [:]
        for (second, deed) in day.deeds {
            try await Task.sleep(until: begin + length * second / DemoDay.seconds, clock: .continuous)
            try await perform(deed, &ids, &report)
            advance()
        }
        return report
    }

    /// Puts it on sale, or where it is already, as much again into stock.
    private func offer(_ goods: DemoGoods, _ report: inout DemoReport) async throws {
        let body = NewProductBody(
            productID: goods.sku, name: goods.name, price: Money(amount: goods.price, currency: "USD"),
            quantity: goods.stock, threshold: max(goods.stock / 10, 2))
        do {
            _ = try await client.send(ShopRequest("POST", "/inventory", of: .inventory, body: body.json()))
            report.products += 1
        } catch ShopError.refused(let refusal) where refusal.kind == "product-exists" {
            var json = JSONWriter()
            json.object { $0.field("quantity", goods.stock) }
            _ = try await client.send(
                ShopRequest(
                    "PUT", "/inventory/\(goods.sku)/replenish", of: .inventory, body: json.finish(),
                    idempotencyKey: Identifier.time().description))
            report.replenished += 1
        }
    }

    /// `ids`: of the orders that were taken. Nothing becomes of the others.
    private func perform(_ deed: DemoDay.Deed, _ ids: inout [Int: String], _ report: inout DemoReport) async throws {
        switch deed {
        case .place(let number):
            ids[number] = try await place(day.orders[number])
            if ids[number] == nil { report.refused += 1 } else { report.placed += 1 }
        case .ship(let number, let carrier, let trackingNumber):
            guard let id = ids[number] else { return }
            try await move(id, "ship", [("carrier", carrier), ("tracking_number", trackingNumber)])
            report.shipped += 1
        case .deliver(let number):
            guard let id = ids[number] else { return }
            try await move(id, "deliver", [])
            report.delivered += 1
        case .cancel(let number, let reason):
            guard let id = ids[number] else { return }
            try await move(id, "cancel", [("reason", reason)])
            report.cancelled += 1
        }
    }

    /// Its id; nil where there was not enough of something.
    private func place(_ order: NewOrder) async throws -> String? {
        do {
            let answer = try await client.send(
                ShopRequest(
                    "POST", "/orders", of: .order, body: order.json(), idempotencyKey: Identifier.time().description))
            guard let id = try JSONValue.answered(answer)["order_id"]?.string else {
                throw ShopError.senseless("an order was placed, and the answer has no order_id")
            }
            return id
        } catch ShopError.refused(let refusal) where refusal.kind == "not-enough-stock" {
            return nil
        }
    }

    private func move(_ id: String, _ verb: String, _ members: [(name: String, value: String)]) async throws {
        var json = JSONWriter()
        json.object { json in
            for member in members {
                json.key(string: member.name)
                json.string(member.value)
            }
        }
        _ = try await client.send(
            ShopRequest(
                "POST", "/orders/\(ShopRequest.segment(id))/\(verb)", of: .order,
                body: members.isEmpty ? nil : json.finish()))
    }
}
