import HTTPServer
import JSON
import Testing

@testable import ShopClient

@Suite(.timeLimit(.minutes(5))) struct ShopClientTests {
    private static let place = ShopRequest(
        "POST", "/orders", of: .order, body: Array("{}".utf8), idempotencyKey: "a-key")
    private static let ship = ShopRequest("POST", "/orders/7/ship", of: .order)

    private func failure(_ request: ShopRequest, _ client: ShopClient) async -> ShopError? {
        do {
            _ = try await client.send(request)
            return nil
        } catch {
            return error as? ShopError
        }
    }

    /// The first answer never comes: the order is asked for again, with the same key.
    @Test func anOrderWhoseAnswerWasLostIsSentAgain() async throws {
        try await withShop(
            { _, number in
                // Longer than the client waits; it ends when the client lets go.
                if number == 0 { try? await Task.sleep(for: .seconds(100)) }
                return .json(#"{"order_id":"7"}"#, status: 201)
            }, attempt: .milliseconds(500)
        ) { client, shop in
            let answer = try JSONValue.answered(try await client.send(Self.place))
            #expect(answer["order_id"]?.string == "7")
            #expect(shop.requests.count >= 2)
            #expect(shop.requests.allSatisfy { $0.headers["idempotency-key"] == "a-key" })
        }
    }

    @Test(arguments: [502, 503, 504, 429]) func whatIsNotNowIsAskedForAgain(_ status: Int) async throws {
        try await withShop({ _, number in .json("{}", status: number < 2 ? status : 201) }) { client, shop in
            _ = try await client.send(Self.place)
            #expect(shop.requests.count == 3)
        }
    }

    /// Nobody knows whether it was done, and twice would not be as once.
    @Test func aMoveIsNotSentTwice() async throws {
        try await withShop({ _, _ in .json("{}", status: 504) }) { client, shop in
            guard case .refused(let refusal)? = await failure(Self.ship, client) else {
                Issue.record("it was not refused")
                return
            }
            #expect(refusal.status == 504 && shop.requests.count == 1)
        }
        try await withShop(
            { _, _ in
                try? await Task.sleep(for: .seconds(100))
                return .json("{}")
            }, attempt: .seconds(10)
        ) { client, shop in
            guard case .unknown? = await failure(Self.ship, client) else {
                Issue.record("it was known")
                return
            }
            #expect(shop.requests.count == 1)
        }
    }

    /// The service says of the second try that nothing was changed, and means that one. The first is lost, or its outcome is not known to
    /// the service itself, or to a gateway.
    @Test(arguments: [0, 502, 503, 504]) func whatTheLastTryIsToldSaysNothingOfTheFirst(_ first: Int) async throws {
        let unknown = #"{"type":"/problems/outcome-unknown","title":"Outcome unknown","status":503}"#
        let away =
            #"{"type":"/problems/database-unavailable","title":"Away","status":503,"detail":"Nothing was changed."}"#
        try await withShop(
            { _, number in
                if number == 0, first == 0 { try? await Task.sleep(for: .seconds(100)) }
                if number == 0 { return .json(first == 503 ? unknown : "bad gateway", status: first) }
                // Not before the client's patience ends: this is its last try.
                return .json(away, status: 503, headers: [("retry-after", "3600")])
            }, attempt: first == 0 ? .milliseconds(500) : .seconds(60), whole: .seconds(600)
        ) { client, shop in
            let error = try #require(await failure(Self.place, client))
            guard case .unknown = error else {
                Issue.record("\(error)")
                return
            }
            #expect("\(error)".contains("Away (503)") && "\(error)".contains(ShopError.mayBeDone))
            #expect(!"\(error)".contains("othing was changed") && shop.requests.count > 1)
        }
    }

    @Test func whoIsStoppedBeforeTheAnswerIsToldThatItMayBeDone() async throws {
        let asked = AsyncStream.makeStream(of: Void.self)
        try await withShop({ _, _ in
            asked.continuation.yield()
            try? await Task.sleep(for: .seconds(100))
            return .json("{}")
        }) { client, shop in
            for (request, mayBeDone) in [(Self.place, true), (Self.ship, true), (Self.look, false)] {
                let call = Task { await outcome(request, client) }
                for await _ in asked.stream { break }
                call.cancel()
                #expect(await call.value == (mayBeDone ? "unknown" : "cancelled"), "\(request.path)")
            }
        }
    }

    private static let look = ShopRequest("GET", "/orders/7", of: .order)

    private func outcome(_ request: ShopRequest, _ client: ShopClient) async -> String {
        do {
            _ = try await client.send(request)
            return "done"
        } catch is CancellationError {
            return "cancelled"
        } catch {
            guard case .unknown? = error as? ShopError else { return "\(error)" }
            return "unknown"
        }
    }

    /// A read that has no answer has changed nothing.
    @Test func aLookIsNeverToldThatItMayBeDone() async throws {
        try await withShop(
            { _, _ in
                try? await Task.sleep(for: .seconds(100))
                return .json("{}")
            }, attempt: .milliseconds(200), whole: .seconds(1)
        ) { client, _ in
            guard case .unreachable? = await failure(Self.look, client) else {
                Issue.record("it may have been done")
                return
            }
        }
    }

    @Test func whereNobodyIsItSaysSoAtOnce() async throws {
        let shop = try FakeShop { _, _ in .json("{}") }
        await shop.stop()
        let client = ShopClient(
            try #require(ShopAddresses(shop.url)), accessKey: nil, patience: .init(whole: .seconds(3_600)))
        guard case .unreachable(let reason)? = await failure(Self.place, client) else {
            Issue.record("somebody was there")
            return
        }
        #expect(reason.hasPrefix(shop.url))
        await client.close()
    }

    @Test func theKeyIsShown() async throws {
        try await withShop({ _, _ in .json("{}") }, accessKey: "ol_secret") { client, shop in
            _ = try await client.send(ShopRequest("GET", "/orders/7", of: .order))
            #expect(shop.requests.map { $0.headers["authorization"] } == ["Bearer ol_secret"])
        }
    }

    @Test func aRefusalIsToldAsPeopleReadIt() async throws {
        let problem = """
            {"type":"/problems/invalid-fields","title":"Invalid fields","status":422,"detail":"Two fields.","trace_id":"4bf9",
             "errors":[{"field":"items[0].quantity","message":"must be a number\\u001b[2J"},{"field":"","message":"is odd"}],
             "shortages":[{"product_id":"PROD-001","requested":5,"available":2}],
             "total":{"amount":2598,"currency":"USD"}}
            """
        try await withShop({ _, _ in .json(problem, status: 422) }) { client, _ in
            let error = try #require(await failure(Self.place, client))
            #expect(
                "\(error)" == """
                    Invalid fields (422): Two fields.
                      items[0].quantity must be a number\u{FFFD}[2J
                      is odd
                      PROD-001: 5 asked for, 2 available
                      it costs 25.98 USD now
                      what to do: the advice about invalid-fields
                      trace id: 4bf9
                    """)
        }
    }

    @Test(arguments: [
        (401, "--key-file"), (404, "ORDER,INVENTORY,NOTIFICATION"), (500, "Invalid"), (504, ShopError.mayBeDone),
    ])
    func whatToDoFitsTheCommandLine(_ status: Int, _ words: String) async throws {
        let text = #"{"type":"about:blank","title":"Invalid"}"#
        try await withShop({ _, _ in .json(text, status: status) }) { client, _ in
            let error = try #require(await failure(Self.ship, client))
            #expect("\(error)".contains(words))
        }
    }
}
