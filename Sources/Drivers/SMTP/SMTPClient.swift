import ConnectionThreads
import Synchronization

/// Sends mail by SMTP (RFC 5321) over libcurl: several connections to one server, each of which is kept for the next mail, on threads of
/// their own. Nothing is sent twice by itself.
package final class SMTPClient: Sendable {
    private let isEnding = EndOfMail()
    private let threads = ConnectionThreads<MailConnection>("smtp", closed: SMTPClient.closed)

    private static let closed = MailFailure(kind: .server, message: "the client is closed")
    private static let poor = MailFailure(kind: .server, message: "the system has no thread or no memory for mail")

    /// - Parameter connections: at one time; each has a thread
    /// - Throws: where there are no threads
    package init(_ server: MailServer, connections: Int) async throws(MailFailure) {
        let isEnding = isEnding
        for _ in 0..<connections {
            try await threads.start(refused: Self.poor) { () throws(MailFailure) in
                guard let connection = MailConnection(server, isEnding) else { throw Self.poor }
                return connection
            }
        }
    }

    /// - Parameters:
    ///   - latest: When it passes before the mail's turn has come, nothing is sent.
    ///   - time: for the mail, once it is begun; more than a millisecond
    /// - Returns: nil: the server has taken it, and answers for it from now on.
    package func send(_ mail: Mail, beginBy latest: ContinuousClock.Instant, within time: Duration) async
        -> MailFailure?
    {
        await withUnsafeContinuation { continuation in
            let isAccepted = threads.post { connection in
                guard ContinuousClock.now < latest else {
                    let late = MailFailure(kind: .server, message: "its turn did not come in time")
                    return continuation.resume(returning: late)
                }
                let milliseconds = time.components.seconds * 1_000 + time.components.attoseconds / 1_000_000_000_000_000
                continuation.resume(returning: connection.send(mail, milliseconds: Int(milliseconds)))
            }
            if !isAccepted { continuation.resume(returning: Self.closed) }
        }
    }

    /// Ends what is on its way within about a second; of a mail that was out, nobody knows then. Nothing is sent any more.
    package func abort() { isEnding.begin() }

    /// Ends when the mails that it was given have ended.
    package func close() async { await threads.stop() }
}

/// Whether mails on their way are to be given up.
final class EndOfMail: Sendable {
    private let flag = Atomic(false)

    var isNow: Bool { flag.load(ordering: .relaxed) }

    func begin() { flag.store(true, ordering: .relaxed) }
}
