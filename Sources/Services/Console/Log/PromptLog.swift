import Deadlines
import EventLog
import HTTPAPI
import LogTools
import Synchronization

/// The log, for those who look at it and wait: each answer has a deadline, and only so many are worked on at one time. A log that is away
/// so takes neither a reader's patience nor the console's threads, and is asked again by whoever comes next.
final class PromptLog: Sendable {
    /// A page asks every two seconds, and is to say within five that the log is away.
    static let usualPatience: Duration = .milliseconds(2_500)
    /// Each may hold some megabytes of records, and a thread of Kafka's client.
    private static let most = 8

    private let log: any EventLog
    private let patience: Duration
    private let running = Atomic(0)

    init(_ log: any EventLog, patience: Duration = PromptLog.usualPatience) {
        self.log = log
        self.patience = patience
    }

    /// What `body` finds out in time. What comes late goes on, and nobody hears of it.
    ///
    /// - Parameter late: what is said where it did not come in time
    /// - Throws: a problem
    func ask<Value: Sendable>(
        late: Problem = .logAway("It does not answer in time."),
        _ body: @escaping @Sendable (any EventLog) async throws -> Value
    ) async throws(Problem) -> Value {
        let found = await PendingAnswer<Result<Value, Problem>>.wait(
            until: .now + patience, late: { _ in .failure(late) },
            { answer in
                guard running.add(1, ordering: .relaxed).oldValue < Self.most else {
                    running.subtract(1, ordering: .relaxed)
                    return answer.give(.failure(.logAway("It is slow, and others wait for it already.")))
                }
                Task {
                    let result: Result<Value, Problem>
                    do {
                        result = .success(try await body(log))
                    } catch {
                        result = .failure(Self.problem(error))
                    }
                    running.subtract(1, ordering: .relaxed)
                    answer.give(result)
                }
            })
        return try found.get()
    }

    private static func problem(_ error: any Error) -> Problem {
        switch error {
        case let problem as Problem: problem
        case let error as EventLogError:
            switch error.kind {
            case .unknownTopic: .notFound("such topic")
            case .refused: .invalidField("", error.message)
            // Its message names addresses, which are the operators'.
            case .unavailable, .groupInUse, .closed: .logAway("It can't be asked now.")
            }
        case let error as ToolError: Problem(.notFound, detail: error.description)
        default: Problem(500, detail: "This should not happen: the log was asked, and answered what nobody expects.")
        }
    }
}

extension ProblemType {
    static let logAway = ProblemType(
        "log-away", 503, "Log away",
        meaning: """
            The log, Kafka or the file beside the databases, does not answer the console in time. Orders are taken meanwhile, and their \
            events wait. Nothing was changed.
            """,
        advice: """
            Try again after `Retry-After` seconds; a page does by itself. `orderlog status`, and the console's page *Now*, say how the \
            log is.
            """)
}

extension Problem {
    static func logAway(_ detail: String) -> Problem {
        .unavailable(.logAway, "The log can't be read now. \(detail) This page goes on by itself once it does.")
    }
}
