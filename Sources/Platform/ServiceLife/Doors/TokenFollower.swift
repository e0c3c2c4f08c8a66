internal import FollowedFiles
package import Telemetry

/// Inside tokens from a file, read again when that changes.
package final class TokenFollower: Sendable {
    package let tokens: InsideTokens
    private let file: FollowedFile<[String]>

    /// Throws what is wrong with the file, and what to do.
    package init(path: String) throws {
        let source = TokenFile(path: path)
        let read = try source.read()
        let tokens = InsideTokens(read, from: path)
        self.tokens = tokens
        file = FollowedFile("the inside tokens", content: read, read: { try source.read() }) {
            tokens.replace(by: $0)
            return nil
        }
    }

    package func start(_ logger: Logger) { file.start(logger) }
    package func stop() { file.stop() }

    /// Why the file can't be used as it is now; nil: it can.
    package var complaint: String? { file.complaint?.text }
}
