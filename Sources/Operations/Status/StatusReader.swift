internal import HTTPClient
internal import JSON
package import ServiceLife

/// Asks services how they are: all at once, each for a few seconds at most.
package struct StatusReader: Sendable {
    private let http: HTTPClient
    /// What a replica has to answer within.
    private static let patience: Duration = .seconds(3)
    /// Of metrics; ours have a quarter of that.
    private static let maximumAnswer = 1 << 20

    package init() {
        http = HTTPClient(maximumResponse: Self.maximumAnswer, log: { _ in })
    }

    package func close() async { await http.close() }

    /// `doors`: the inside door of each replica, by its service; the answer keeps their order.
    package func report(_ doors: [(service: String, address: ServiceAddress)]) async -> StatusReport {
        await withTaskGroup(of: (Int, ReplicaStatus).self) { group in
            for (index, door) in doors.enumerated() {
                group.addTask { (index, await status(of: door.service, at: door.address)) }
            }
            let statuses = await group.reduce(into: [Int: ReplicaStatus]()) { $0[$1.0] = $1.1 }
            return StatusReport(doors.indices.compactMap { statuses[$0] })
        }
    }

    private func status(of service: String, at address: ServiceAddress) async -> ReplicaStatus {
        var status = ReplicaStatus(service: service, address: "\(address)")
        let deadline = ContinuousClock.now + Self.patience
        do throws(HTTPClientError) {
            let health = try await ask("/health", at: address, by: deadline)
            guard health.status == 200 else {
                status.silence = Self.refusal(health.status)
                return status
            }
            guard let report = Self.read(health.body) else {
                status.silence = "it does not answer as a service of Orderlog does"
                return status
            }
            if !report.hasChecks { status.silence = "this is not its inside door, which alone says what is wrong" }
            status.service = report.service
            status.troubles = report.troubles
            status.lastError = report.lastError
            let metrics = try await ask("/metrics", at: address, by: deadline)
            if metrics.status == 200 { status.read(metrics: String(decoding: metrics.body, as: UTF8.self)) }
        } catch {
            status.silence = error.message
        }
        return status
    }

    private func ask(
        _ path: String, at address: ServiceAddress, by deadline: ContinuousClock.Instant
    ) async throws(HTTPClientError) -> HTTPClientResponse {
        try await http.send(
            HTTPClientRequest(
                method: "GET", url: address.base + path, unixSocket: address.unixSocket, headers: address.headers),
            deadline: deadline)
    }

    private static func refusal(_ status: Int) -> String {
        switch status {
        case 401, 403: "it asks for a token: name its file with --inside-token"
        default: "it answers \(status)"
        }
    }

    private struct Report {
        var service = ""
        var hasChecks = false
        var troubles: [ReplicaStatus.Trouble] = []
        var lastError: ReplicaStatus.LastError?
    }

    private static func read(_ body: [UInt8]) -> Report? {
        try? JSON.read(body) { reader -> Report? in
            var report = Report()
            let isObject = try reader.object { name, reader in
                switch name.string {
                case "service": report.service = try reader.text()?.string ?? ""
                case "checks":
                    report.hasChecks = true
                    _ = try reader.object { check, reader in
                        if let trouble = try Self.trouble(check.string, &reader) { report.troubles.append(trouble) }
                    }
                case "last_error": report.lastError = try Self.lastError(&reader)
                default: break
                }
            }
            return isObject && !report.service.isEmpty ? report : nil
        }
    }

    private static func trouble(_ check: String, _ reader: inout JSONReader) throws -> ReplicaStatus.Trouble? {
        var (isDown, text, since) = (false, "", String?.none)
        _ = try reader.object { name, reader in
            switch name.string {
            case "status": isDown = try reader.text()?.string == "down"
            case "detail": text = try reader.text()?.string ?? ""
            case "since": since = try reader.text()?.string
            default: break
            }
        }
        return isDown ? ReplicaStatus.Trouble(check: check, text: text, since: since) : nil
    }

    private static func lastError(_ reader: inout JSONReader) throws -> ReplicaStatus.LastError? {
        var (time, message, error) = (String?.none, String?.none, String?.none)
        _ = try reader.object { name, reader in
            switch name.string {
            case "time": time = try reader.text()?.string
            case "message": message = try reader.text()?.string
            case "error": error = try reader.text()?.string
            default: break
            }
        }
        guard let time, let message else { return nil }
        return ReplicaStatus.LastError(time: time, message: message, error: error)
    }
}
