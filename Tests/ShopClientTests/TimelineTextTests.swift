import JSON
import Testing
import VisibleText

@testable import ShopClient

/// An order's story on a terminal.
@Suite struct TimelineTextTests {
    private static let story = #"""
        {"order":{"order_id":"01","status":"confirmed"},"entries":[
        {"kind":"step","at":"2026-01-31T09:30:00.000Z","status":"confirmed","by":"shop \u001b[31m"},
        {"kind":"event","at":"2026-01-31T09:30:00.003Z","type":"orderlog.OrderConfirmed.v1","position":"orders/3:17"},
        {"kind":"handled","group":"inventory-service","position":"orders/3:17","done":true},
        {"kind":"handled","group":"notification-service","position":"orders/3:17","done":false,"dead_letter":{
        "place":"orders.notification-service.dlq/0:3","state":"waits","error":"さくら is no \u202emoney"}},
        {"kind":"sent","at":"2026-01-31T09:32:01.100Z","notification":{"channel":"sms","recipient":"+31"}}],
        "missing":[{"part":"messages","detail":"The notification service answered 503."}]}
        """#

    private func text(width: Int?, inColour: Bool = false) throws -> String {
        TimelineText(Moments(isUTC: true), paint: Paint(isOn: inColour), width: width).text(
            try JSONValue.read(Array(Self.story.utf8)))
    }

    @Test func onAWideTerminalTimesStandBeside() throws {
        #expect(
            try text(width: nil) == """
                Order 01 confirmed

                2026-01-31 09:30:00.000Z            ● confirmed, asked for with the key shop \u{FFFD}[31m
                2026-01-31 09:30:00.003Z  +3 ms     │ OrderConfirmed on the log, orders/3:17
                                                    ✓ inventory-service handled it
                                                    ✗ notification-service could not handle it: it is a dead letter
                                                    │ orders.notification-service.dlq/0:3
                                                    │ さくら is no \u{FFFD}money
                2026-01-31 09:32:01.100Z  +2 min    │ SMS left for +31

                not told: The notification service answered 503.
                """)
    }

    @Test(arguments: [40, 60, 90, 120]) func itFitsTheTerminal(width: Int) throws {
        let lines = try text(width: width).split(separator: "\n")
        #expect(lines.allSatisfy { $0.columns <= width }, "\(lines.map(\.columns))")
    }

    /// Colours are ours alone: nothing of what others wrote is obeyed.
    @Test func coloursChangeNothingElse() throws {
        let plain = try text(width: 60)
        #expect(try text(width: 60, inColour: true).replacing(/\u{1B}\[\d+m/, with: "") == plain)
        #expect(plain.contains("│ 2026-01-31 09:30:00.003Z +3 ms\n│ OrderConfirmed on the log"))
    }

    @Test func gapsAreShort() {
        let gaps: [Int64] = [0, 999, 1_000, 119_999, 120_000, 7_200_000, 172_800_000]
        #expect(
            gaps.map { TimelineText.gap(milliseconds: $0) } == [
                "+0 ms", "+999 ms", "+1.0 s", "+119.9 s", "+2 min", "+2 h", "+2 days",
            ])
    }
}
