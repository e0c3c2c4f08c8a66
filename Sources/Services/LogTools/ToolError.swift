/// Why a tool can't go on; the message says what to do.
package struct ToolError: Error, Sendable, Hashable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) {
        self.description = description
    }
}
