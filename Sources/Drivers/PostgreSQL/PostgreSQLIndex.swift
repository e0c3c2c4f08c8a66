/// An index of a table that may hold millions of rows: it is built while others read and write.
package struct PostgreSQLIndex: Sendable {
    package var name: String
    package var table: String
    /// What stands behind the table: its columns, and perhaps a condition.
    package var definition: String
    package var isUnique: Bool

    package init(_ name: String, on table: String, _ definition: String, isUnique: Bool = false) {
        self.name = name
        self.table = table
        self.definition = definition
        self.isUnique = isUnique
    }

    func creation(concurrently: Bool) -> String {
        "CREATE \(isUnique ? "UNIQUE " : "")INDEX \(concurrently ? "CONCURRENTLY " : "")\(name) ON \(table) \(definition)"
    }
}
