import HTTPAPI

/// Audits, as the console shows and runs them.
enum ProofOperations {
    private static let tag = Operation.Tag("proof", "That databases and log agree, or what does not.")
    private static func answer(_ status: Int) -> Operation.Answer {
        Operation.Answer(
            status: status, "The audits, and the one that is running.",
            .json(ProofDesk.schema, example: ProofDesk.example))
    }

    static let list = Operation(
        .get, "/api/proofs", id: "listProofs", tag: tag, access: .keys([.read]), summary: "List audits",
        description:
            "Those that this console has run since it started, and how far the one has come that is running.",
        answers: [answer(200)], needsDatabase: false)

    static let begin = Operation(
        .post, "/api/proofs", id: "beginProof", tag: tag, access: .keys([.operate]),
        summary: "Run an audit",
        description: """
            As `orderlog audit` does: it reads all of the log and of the databases, while the shop goes on, and changes nothing. One runs \
            at a time: where one does, nothing is begun and its progress is answered.
            """, answers: [answer(202)], problems: [.noProof], needsDatabase: false)

    static let all = [list, begin]
}
