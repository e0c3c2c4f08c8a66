import VisibleText

/// What is known of one thing, a line for each, with a name before it.
struct FieldLines {
    private var rows: [(name: String, value: String)] = []

    /// Nothing where there is no value. Lines of a value stand below each other.
    mutating func add(_ name: String, _ value: String?) {
        guard let value, !value.isEmpty else { return }
        rows.append((name, value))
    }

    func text() -> String {
        let width = rows.map(\.name.count).max() ?? 0
        return rows.map { name, value in
            let lines = value.split(separator: "\n", omittingEmptySubsequences: false).map { $0.printable() }
            let margin = String(repeating: " ", count: width + 2)
            return name + String(repeating: " ", count: width - name.count + 2) + lines.joined(separator: "\n" + margin)
        }.joined(separator: "\n")
    }
}
