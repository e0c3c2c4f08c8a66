import Masking
internal import Synchronization
package import Telemetry
internal import Timestamps

/// One thing that a service needs, or that one of its parts says of itself.
///
/// However many ask, one question is asked at a time: those who come meanwhile share its answer, which also serves whoever
/// comes within `keptFor` after it.
package final class HealthCheck: Sendable {
    package let name: String
    /// Without it the service is not ready. Only a service's own database is: it survives the absence of all else. Its
    /// complaint names no machine, no file and no statement: everybody may read it.
    package let isNeeded: Bool
    private let keptFor: Duration
    private let look: @Sendable () async -> Complaint?

    private struct State {
        var question: Task<Complaint?, Never>?
        var answer: Complaint?
        var answeredAt: ContinuousClock.Instant?
    }
    private let state = Mutex(State())

    /// - Parameters:
    ///   - keptFor: how long an answer serves for later questions, too.
    ///   - look: nil when all is well. Has a deadline of its own. Knows since when it complains.
    package init(
        _ name: String, isNeeded: Bool = false, keptFor: Duration = .seconds(1),
        look: @escaping @Sendable () async -> Complaint?
    ) {
        self.name = name
        self.isNeeded = isNeeded
        self.keptFor = keptFor
        self.look = look
    }

    /// A check that does not know since when it complains: since it was first heard to.
    package convenience init(
        _ name: String, isNeeded: Bool = false, keptFor: Duration = .seconds(1),
        complaint: @escaping @Sendable () async -> String?
    ) {
        let since = Mutex<Timestamp?>(nil)
        self.init(
            name, isNeeded: isNeeded, keptFor: keptFor,
            look: {
                guard let text = await complaint().map(Masked.text) else {
                    since.withLock { $0 = nil }
                    return nil
                }
                let start = since.withLock { start in
                    let first = start ?? .now()
                    start = first
                    return first
                }
                return Complaint(text, since: start)
            })
    }

    /// What a part says of itself.
    package convenience init(_ report: HealthReport) {
        self.init(report.name, keptFor: .zero, look: { report.complaint })
    }

    /// nil when all is well.
    package func complaint() async -> Complaint? {
        let question = state.withLock { state -> Task<Complaint?, Never>? in
            if let question = state.question { return question }
            if let answeredAt = state.answeredAt, .now - answeredAt < keptFor { return nil }
            let question = Task { await ask() }
            state.question = question
            return question
        }
        if let question { return await question.value }
        return state.withLock { $0.answer }
    }

    private func ask() async -> Complaint? {
        let answer = await look()
        state.withLock { state in
            state.question = nil
            state.answer = answer
            state.answeredAt = .now
        }
        return answer
    }
}
