internal import ConnectionThreads
internal import Dispatch
package import Telemetry

/// A small file that is read again and again while services run, so that what is changed in it counts without a restart. While it
/// has gone or can't be used, what was read before stays, and is complained of.
package final class FollowedFile<Content: Sendable & Equatable>: Sendable {
    /// Seconds. The longest that a change is not noticed is this and the time to read the file.
    private static var lookEvery: Int { 1 }

    private let name: String
    private let first: Content
    private let read: @Sendable () throws -> Content
    private let changed: @Sendable (Content) -> String?
    private let report: HealthReport
    /// Signalled once nobody needs the file any more.
    private let stopped = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - name: what it has, for the log: "the inside tokens"
    ///   - content: as it was read first
    ///   - read: may block; what it throws says what is wrong, and what to do
    ///   - changed: takes what is new; answers what of it can't be used, if anything
    package init(
        _ name: String, content: Content, read: @escaping @Sendable () throws -> Content,
        changed: @escaping @Sendable (Content) -> String?
    ) {
        self.name = name
        first = content
        self.read = read
        self.changed = changed
        report = HealthReport(name)
    }

    /// Looks on a thread of its own: a file server may not answer for a while, and however busy Swift's threads are, what is
    /// revoked is refused in time. Where the system has no thread to give, all stays as it was, which is complained of.
    package func start(_ logger: Logger) {
        if !startThread("followed-file", { self.lookUntilStopped(logger) }) {
            report.complain("the system has no thread to look whether the file changes")
        }
    }

    /// Ends looking, soon.
    package func stop() { stopped.signal() }

    /// What can't be used; nil: all is well.
    package var complaint: Complaint? { report.complaint }

    private func lookUntilStopped(_ logger: Logger) {
        var known = first
        // Of what was read last.
        var unusable: String?
        while stopped.wait(timeout: .now() + .seconds(Self.lookEvery)) == .timedOut {
            do {
                let now = try read()
                if now != known {
                    unusable = changed(now)
                    known = now
                    note(unusable, logger)
                }
                if let unusable { report.complain(unusable) } else { report.isWell() }
            } catch {
                let text = "\(error); what was read before is used"
                if report.complaint?.text != text { logger.warning("\(name) can't be read again", ["error": text]) }
                report.complain(text)
            }
        }
    }

    private func note(_ unusable: String?, _ logger: Logger) {
        if let unusable {
            logger.warning("\(name) were read again, and not all can be used", ["error": unusable])
        } else {
            logger.notice("\(name) were read again")
        }
    }
}
