import HTTPClient
import Testing

@testable import Load

@Suite struct ShopCallsTests {
    private func get(_ answer: @escaping @Sendable (FakeTarget.Request) -> FakeTarget.Reply) async throws
        -> (result: Result<[UInt8], LoadFailure>, requests: Int)
    {
        let fake = try FakeTarget(answer)
        let target = try #require(Target(fake.url))
        let http = HTTPClient(log: { _ in })
        let calls = ShopCalls(
            orders: target, inventory: nil, notification: nil, key: nil, http: http,
            // However busy Swift's threads are with other tests.
            patience: .seconds(300))
        let result: Result<[UInt8], LoadFailure>
        do throws(LoadFailure) { result = .success(try await calls.get(target, "/orders")) } catch {
            result = .failure(error)
        }
        await http.close()
        return (result, fake.requests.count)
    }

    /// A service that allows a client so many requests a second has just been asked for as many as it allows.
    @Test func whatIsTooMuchAtOnceIsAskedAgain() async throws {
        let (result, requests) = try await get { .problem($0.number < 2 ? 429 : 200, type: "") }
        #expect(try result.get() == Array(#"{"type":""}"#.utf8))
        #expect(requests == 3)
    }

    @Test(arguments: [401, 403]) func aKeyThatIsMissingIsNamed(_ status: Int) async throws {
        let (result, requests) = try await get { _ in .problem(status, type: "") }
        #expect(requests == 1)
        guard case .failure(let failure) = result else {
            Issue.record("it was answered")
            return
        }
        #expect(failure.message.hasSuffix("/orders is answered \(status); --key-file names a file with a key that may"))
    }
}
