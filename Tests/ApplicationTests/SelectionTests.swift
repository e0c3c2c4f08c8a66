import Arguments
import Events
import LogTools
import Testing

@testable import Application

/// `--type` and `--order` name what there is, or are told what that is.
@Suite struct SelectionTests {
    private func selection(_ arguments: String..., topics: [String] = [Topics.orders, Topics.inventory]) throws
        -> (key: String?, type: String?)
    {
        let command = Command(name: "tail", summary: "", options: LogTool.selection, run: { _ in 0 })
        guard case .run(_, let parsed) = command.resolve(arguments: arguments, environment: [:]) else {
            throw UsageError("it does not parse")
        }
        let selection = try LogTool.selection(parsed, topics: topics)
        return (selection.key, selection.type)
    }

    private func complaint(_ arguments: String..., topics: [String] = [Topics.orders, Topics.inventory]) -> String? {
        let command = Command(name: "tail", summary: "", options: LogTool.selection, run: { _ in 0 })
        guard case .run(_, let parsed) = command.resolve(arguments: arguments, environment: [:]) else { return nil }
        do {
            _ = try LogTool.selection(parsed, topics: topics)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func aTypeIsOneThatThereIs() throws {
        #expect(try selection("--type", "OrderConfirmed").type == "OrderConfirmed")
        #expect(try selection("--type", "StockTaken").type == "StockTaken")
        let told = try #require(complaint("--type", "Nope"))
        #expect(told.contains("OrderConfirmed") && told.contains("StockTaken"))
        #expect(complaint("--type", "orderconfirmed")?.contains("did you mean OrderConfirmed?") == true)
        #expect(complaint("--type", "StockTaken", topics: [Topics.orders])?.contains("OrderRejected") == true)
        #expect(complaint("--topic", "orders", "--type", "StockTaken") != nil)
        // Dead letters and topics of others have types of any kind.
        #expect(try selection("--topic", "orders.notification-service.dlq", "--type", "OrderShipped").type != nil)
    }

    @Test func aTypeOfANewerVersionIsSaidInFull() throws {
        for type in ["orderlog.OrderReturned.v1", "orderlog.OrderConfirmed.v2", "com.example.Thing"] {
            #expect(try selection("--type", type).type == type)
        }
    }

    @Test func anOrderIsAUUIDWhereOnlyOrdersAre() throws {
        let id = "01A20C00-C025-7F1F-9CF9-26975E7F4BA7"
        #expect(try selection("--order", id, topics: [Topics.orders]).key == id.lowercased())
        #expect(complaint("--order", "PROD-001", topics: [Topics.orders])?.contains("a UUID") == true)
        #expect(complaint("--topic", "orders", "--order", "17") != nil)
        #expect(try selection("--order", "PROD-001").key == "PROD-001")
    }
}
