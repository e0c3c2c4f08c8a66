import HTTPServer
import JSON
import Testing

@testable import ShopClient

@Suite(.timeLimit(.minutes(5))) struct OrderWatchTests {
    private static func order(_ steps: String...) -> HTTPResponse {
        let history = steps.map { #"{"status":"\#($0)","at":"2026-01-31T09:30:00.000Z"}"# }.joined(separator: ",")
        return .json(#"{"order_id":"7","status":"\#(steps.last ?? "")","history":[\#(history)]}"#)
    }

    /// Steps that come, also two at once, and a shop that is away between them.
    @Test func tellsEachStepOnceAndEndsWithTheLast() async throws {
        var told: [String] = []
        try await withShop({ _, number in
            switch number {
            case 0, 1: Self.order("confirmed")
            case 2, 3: .json("{}", status: 500)
            default: Self.order("confirmed", "shipped", "delivered")
            }
        }) { client, shop in
            let watch = OrderWatch(client, orderID: "7", pause: .milliseconds(1))
            let order = try JSONValue.answered(
                try await watch.run { news in
                    switch news {
                    case .step(let step): told.append(step["status"]?.string ?? "?")
                    case .waits(let next): told.append("waits: \(next)")
                    case .away: told.append("away")
                    case .back: told.append("back")
                    }
                })
            #expect(order["status"]?.string == "delivered")
            #expect(shop.requests.count == 5)
        }
        #expect(
            told == [
                "confirmed", "waits: shipped, or cancelled", "away", "back", "shipped", "delivered",
            ])
    }

    @Test func anOrderThatIsNotThereIsSaid() async throws {
        try await withShop({ _, _ in .json("{}", status: 404) }) { client, _ in
            await #expect(throws: ShopError.self) {
                _ = try await OrderWatch(client, orderID: "7", pause: .zero).run { _ in }
            }
        }
    }
}
