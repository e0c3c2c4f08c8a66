/// The keys by which the statements of `insert` are kept, made once: to write one for each insert took longer than to bind its values.
struct InsertKeys {
    private struct Shape {
        let table: String
        let columns: [String]
        let suffix: String
        /// For 2⁰, 2¹, … rows; empty: not made yet.
        var keys: [String] = []
    }

    private var shapes: [Shape] = []
    /// A service has a dozen; for who makes them up anew each time they begin again.
    private static let limit = 64

    /// Its number, until the next call.
    mutating func shape(of table: String, _ columns: [String], _ suffix: String) -> Int {
        let known = shapes.firstIndex { $0.columns == columns && $0.table == table && $0.suffix == suffix }
        if let known { return known }
        if shapes.count == Self.limit { shapes = [] }
        shapes.append(Shape(table: table, columns: columns, suffix: suffix))
        return shapes.count - 1
    }

    /// Of the statement that inserts two to the power of `power` rows.
    mutating func key(of shape: Int, _ power: Int) -> String {
        while shapes[shape].keys.count <= power { shapes[shape].keys.append("") }
        if shapes[shape].keys[power].isEmpty {
            let (table, suffix) = (shapes[shape].table, shapes[shape].suffix)
            let names = shapes[shape].columns.joined(separator: ",")
            shapes[shape].keys[power] = "\(1 << power) \(table) \(names) \(suffix)"
        }
        return shapes[shape].keys[power]
    }
}
