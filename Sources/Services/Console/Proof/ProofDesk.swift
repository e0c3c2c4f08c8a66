import HTTPAPI
import JSON
import JSONSchema
import Shop
import Synchronization
import Telemetry
import Timestamps

/// Runs an audit of the shop and answers its report, as `orderlog audit --json` has it. `tell` hears how far it has come; `total` is 0 where
/// nobody knows.
package typealias Prover =
    @Sendable (
        _ tell: @escaping @Sendable (_ stage: String, _ done: Int64, _ total: Int64) -> Void
    ) async throws -> [UInt8]

/// Audits that are asked for by the console: one at a time, each with an end, and the last ones kept in memory.
final class ProofDesk: Sendable {
    struct Progress: Sendable {
        var began: Timestamp
        var stage = ""
        var done: Int64 = 0
        var total: Int64 = 0
    }

    struct Proof: Sendable {
        var began: Timestamp
        var ended: Timestamp
        /// nil: it could not tell.
        var report: [UInt8]?
    }

    private struct State {
        var running: Progress?
        var task: Task<Void, Never>?
        /// The newest first.
        var proofs: [Proof] = []
    }

    /// Audits that are kept.
    private static let most = 10
    private static let longest: Duration = .seconds(1_800)

    /// nil: this console's process does not have the databases.
    private let prover: Prover?
    private let logger: Logger
    private let state = Mutex(State())

    init(_ prover: Prover?, logger: Logger) {
        self.prover = prover
        self.logger = logger
    }

    /// False: one is running. Throws where it can't be run here.
    func begin() throws(Problem) -> Bool {
        guard let prover else {
            throw Problem(
                .noProof,
                detail:
                    "This console has no databases. Run `orderlog audit` where they can be reached, with the addresses of all three."
            )
        }
        return state.withLock { state in
            guard state.running == nil else { return false }
            state.running = Progress(began: .now())
            state.task = Task { await self.run(prover) }
            return true
        }
    }

    private func run(_ prover: @escaping Prover) async {
        let work = Task {
            try await prover { stage, done, total in
                self.state.withLock { state in
                    state.running?.stage = stage
                    state.running?.done = done
                    state.running?.total = total
                }
            }
        }
        let end = Task {
            try await Task.sleep(for: Self.longest)
            work.cancel()
        }
        let result = await withTaskCancellationHandler {
            await work.result
        } onCancel: {
            work.cancel()
        }
        end.cancel()
        if case .failure(let error) = result {
            logger.warning("an audit could not tell", ["error": "\(error)"])
        }
        state.withLock { state in
            let began = state.running?.began ?? .now()
            state.running = nil
            state.proofs.insert(Proof(began: began, ended: .now(), report: try? result.get()), at: 0)
            state.proofs = Array(state.proofs.prefix(Self.most))
        }
    }

    /// Ends the one that is running.
    func close() async {
        let task = state.withLock { $0.task }
        task?.cancel()
        await task?.value
    }

    func json() -> [UInt8] {
        let (running, proofs) = state.withLock { ($0.running, $0.proofs) }
        var json = JSONWriter(capacity: 8 << 10)
        json.object { json in
            json.field("possible", prover != nil)
            json.key("running")
            if let running {
                json.object { json in
                    json.field("began", running.began)
                    json.field("stage", running.stage)
                    json.field("done", running.done)
                    json.field("total", running.total)
                }
            } else {
                json.null()
            }
            json.key("proofs")
            json.array { json in
                for proof in proofs {
                    json.object { json in
                        json.field("began", proof.began)
                        json.field("ended", proof.ended)
                        json.key("report")
                        if let report = proof.report { json.raw(report) } else { json.null() }
                    }
                }
            }
        }
        return json.finish()
    }

    private static let number = JSONSchema.integer(0...Int64.max)

    static let schema = JSONSchema.named(
        "Proofs",
        .object([
            .required(
                "possible",
                .boolean.described("Whether an audit can be run here: this process has the databases.")),
            .required(
                "running",
                .object([
                    .required("began", .dateTime), .required("stage", .text()), .required("done", number),
                    .required("total", number.described("0: nobody knows.")),
                ]).orNull),
            .required(
                "proofs",
                .array(
                    of: .object([
                        .required("began", .dateTime), .required("ended", .dateTime),
                        .required(
                            "report",
                            .object([]).orNull.described(
                                "As `orderlog audit --json` has it; null: it could not tell.")),
                    ])
                ).described("Since the console started, the newest first; \(most) at most.")),
        ]))

    static let example = """
        {"possible":true,"running":null,"proofs":[{"began":"2026-01-31T09:30:00.000Z","ended":"2026-01-31T09:30:02.000Z",\
        "report":{"status":"agrees","wrong":0,"in_flight":0,"unknown":0,"checks":[]}}]}
        """
}

extension ProblemType {
    static let noProof = ProblemType(
        "no-proof", 409, "No proof here",
        meaning:
            "An audit reads the databases of all three services, and this console's process does not have them.",
        advice: "Run `orderlog audit` where they can be reached. In `orderlog up` the console has them."
    )
}
