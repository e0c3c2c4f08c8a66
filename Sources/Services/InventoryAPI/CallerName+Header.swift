package import Causes
package import HTTPAPI
import JSONSchema

extension CallerName {
    /// The field by which the order service says who asked it. The inside door alone believes it: who gets there is trusted.
    package static let header = Operation.HeaderParameter(
        "Orderlog-Caller",
        """
        The name of the key behind this call, where all of its orders are of one: it goes into the events. What is no name of a \
        key (\(lengths.lowerBound) to \(lengths.upperBound) of `A-Z a-z 0-9 . _ -`) is passed over.
        """, .text(), problems: [])
}
