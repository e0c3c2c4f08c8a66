import VisibleText

/// Rows in columns, for a person.
package struct TextTable {
    package struct Column {
        package var title: String
        /// Stands at the right of its column.
        package var isNumber: Bool
        /// May be cut off where the lines are too long for the terminal.
        package var mayBeCut: Bool

        package init(_ title: String, isNumber: Bool = false, mayBeCut: Bool = false) {
            self.title = title
            self.isNumber = isNumber
            self.mayBeCut = mayBeCut
        }
    }

    /// What stands in a cell: text of whoever's, without what a display obeys.
    private struct Cell {
        var text: String
        var colour: Paint.Colour?
    }

    /// What is cut keeps so many columns.
    private static let narrowest = 8
    private static let gap = 2

    private let columns: [Column]
    private var rows: [[Cell]] = []

    package init(_ columns: [Column]) { self.columns = columns }

    /// A row; a column that it has nothing for is empty. `colours` by the columns' numbers.
    package mutating func add(_ cells: [String], colours: [Int: Paint.Colour] = [:]) {
        rows.append(cells.enumerated().map { Cell(text: $0.element.printable(), colour: colours[$0.offset]) })
    }

    /// Lines without an end of their own at the last one.
    ///
    /// - Parameter width: columns of the terminal; nil: nothing is cut
    package func text(width: Int? = nil, paint: Paint = Paint(isOn: false)) -> String {
        let titles = columns.map { Cell(text: $0.title, colour: .bold) }
        let widths = widths(of: [titles] + rows, limit: width)
        return ([titles] + rows).map { row in
            var line = ""
            var missing = 0
            for (index, column) in columns.enumerated() {
                let cell = index < row.count ? row[index] : Cell(text: "")
                let text = cell.text.fitting(columns: widths[index])
                let space = widths[index] - text.columns
                // Spaces come with what stands behind them, so that no line ends with some.
                if column.isNumber { missing += space }
                if !text.isEmpty {
                    line += String(repeating: " ", count: missing) + paint(cell.colour, text)
                    missing = 0
                }
                missing += (column.isNumber ? 0 : space) + Self.gap
            }
            return line
        }.joined(separator: "\n")
    }

    private func widths(of rows: [[Cell]], limit: Int?) -> [Int] {
        var widths = columns.indices.map { column in
            rows.map { column < $0.count ? $0[column].text.columns : 0 }.max() ?? 0
        }
        guard let limit else { return widths }
        var excess = widths.reduce(0, +) + Self.gap * (columns.count - 1) - limit
        while excess > 0 {
            let shrinking = columns.indices.filter { columns[$0].mayBeCut && widths[$0] > Self.narrowest }
            guard let widest = shrinking.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }
}
