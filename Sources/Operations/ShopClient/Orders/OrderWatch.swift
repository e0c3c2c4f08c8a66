package import JSON
import Shop

/// Looks at an order again and again until nothing more can become of it.
package struct OrderWatch: Sendable {
    package enum News: Sendable {
        /// A step of its history that was not there before.
        case step(JSONValue)
        /// What it waits for now.
        case waits(String)
        /// The shop can't be asked now; said once, until it can.
        case away(String)
        case back
    }

    private let client: ShopClient
    private let orderID: String
    /// Between two looks.
    private let pause: Duration

    package init(_ client: ShopClient, orderID: String, pause: Duration) {
        self.client = client
        self.orderID = orderID
        self.pause = pause
    }

    /// The order in its last state, as it was answered. Throws a `ShopError`, or that the task was cancelled.
    package func run(_ tell: (News) -> Void) async throws -> [UInt8] {
        var steps = 0
        var waiting: String?
        var isAway = false
        while true {
            do {
                let answer = try await client.send(
                    ShopRequest("GET", "/orders/\(ShopRequest.segment(orderID))", of: .order))
                let order = try JSONValue.answered(answer)
                if isAway { tell(.back) }
                isAway = false
                let history = order["history"]?.elements ?? []
                for step in history.dropFirst(steps) { tell(.step(step)) }
                steps = max(steps, history.count)
                guard let next = Self.expected(after: order["status"]?.string ?? "") else { return answer }
                if next != waiting { tell(.waits(next)) }
                waiting = next
            } catch let error as ShopError where error.isPassing {
                if !isAway { tell(.away("\(error)")) }
                isAway = true
            }
            try await Task.sleep(for: pause)
        }
    }

    /// nil: nothing more comes.
    private static func expected(after status: String) -> String? {
        switch OrderStatus(rawValue: status) {
        case .confirmed: "shipped, or cancelled"
        case .shipped: "delivered"
        case .delivered, .cancelled, .rejected: nil
        case nil: "moved on from \(status)"
        }
    }
}
