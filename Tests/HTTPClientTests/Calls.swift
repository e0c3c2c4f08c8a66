import HTTPClient
import Testing

/// Gives a client to `body` and closes it behind it; what the client logs is an issue.
func withClient<Result>(
    maximumResponse: Int = 32 << 20, connectionsPerHost: Int = 16, _ body: (HTTPClient) async throws -> Result
) async throws -> Result {
    let client = HTTPClient(maximumResponse: maximumResponse, connectionsPerHost: connectionsPerHost) { line in
        Issue.record("logged: \(line)")
    }
    do {
        let result = try await body(client)
        await client.close()
        return result
    } catch {
        await client.close()
        throw error
    }
}

extension HTTPClient {
    func call(
        _ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
        within limit: Duration = .seconds(20)
    ) async throws(HTTPClientError) -> HTTPClientResponse {
        try await send(
            HTTPClientRequest(method: method, url: url, headers: headers, body: body), deadline: .now + limit)
    }

    /// A call that must be answered with 200.
    func succeed(
        _ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
        within limit: Duration = .seconds(20), sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        do {
            let response = try await call(method, url, headers: headers, body: body, within: limit)
            #expect(response.status == 200, sourceLocation: sourceLocation)
        } catch {
            Issue.record("\(error)", sourceLocation: sourceLocation)
        }
    }

    /// The outcome of a call that must fail.
    func failure(
        _ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
        within limit: Duration = .seconds(20), sourceLocation: SourceLocation = #_sourceLocation
    ) async -> HTTPClientError? {
        do {
            let response = try await call(method, url, headers: headers, body: body, within: limit)
            Issue.record("answered \(response.status)", sourceLocation: sourceLocation)
            return nil
        } catch {
            return error
        }
    }
}

/// Waits until `condition` holds; records an issue when it does not within 20 s.
func eventually(
    _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: @Sendable () -> Bool
) async {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record(what, sourceLocation: sourceLocation)
            return
        }
        try? await Task.sleep(for: .milliseconds(1))
    }
}
