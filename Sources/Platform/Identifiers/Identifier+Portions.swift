extension [Identifier] {
    /// Parts of it, in its order, whose things have up to about so many bytes each, and one at least: for who must not hold all
    /// of them at once. `size`: of the thing of an identifier.
    package func portions(bytes: Int, _ size: (Identifier) -> Int) -> [[Identifier]] {
        var portions: [[Identifier]] = []
        var portion: [Identifier] = []
        var sum = 0
        for id in self {
            sum += size(id)
            if sum > bytes, !portion.isEmpty {
                portions.append(portion)
                (portion, sum) = ([], size(id))
            }
            portion.append(id)
        }
        if !portion.isEmpty { portions.append(portion) }
        return portions
    }
}
