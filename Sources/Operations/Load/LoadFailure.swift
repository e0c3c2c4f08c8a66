/// Why load could not be made; the message says what to do.
package struct LoadFailure: Error, Sendable, CustomStringConvertible {
    package let message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}
