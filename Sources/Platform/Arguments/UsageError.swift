/// The command line, or the environment behind it, is wrong. Exit code 64 (`EX_USAGE` of sysexits.h).
package struct UsageError: Error, Sendable, Hashable, CustomStringConvertible {
    /// EX_USAGE of BSD's sysexits.h.
    package static let exitCode: Int32 = 64

    /// One line without a full stop that says what is wrong.
    package var message: String

    package init(_ message: String) {
        self.message = message
    }

    package var description: String { message }
}
