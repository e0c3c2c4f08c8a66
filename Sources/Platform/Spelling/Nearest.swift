/// The word that was probably meant: the nearest one, if it is near enough. Of equals the first. It takes the product of both lengths
/// for each candidate: who hands on what strangers wrote bounds `word`.
package func nearest(to word: String, of candidates: [String]) -> String? {
    let allowed = max(1, word.count / 3)
    return candidates.map { (candidate: $0, distance: distance(word, $0)) }
        .filter { $0.distance <= allowed && $0.distance < max(word.count, $0.candidate.count) && !word.isEmpty }
        .min { $0.distance < $1.distance }?.candidate
}

/// How many letters one has to add, drop, change or swap with their neighbour (optimal string alignment).
func distance(_ one: String, _ other: String) -> Int {
    let one = Array(one)
    let other = Array(other)
    var beforeLast: [Int] = []
    var last = Array(0...other.count)
    for row in one.indices {
        var current = [row + 1]
        for column in other.indices {
            var best = min(
                last[column + 1] + 1, current[column] + 1, last[column] + (one[row] == other[column] ? 0 : 1))
            if row > 0, column > 0, one[row] == other[column - 1], one[row - 1] == other[column] {
                best = min(best, beforeLast[column - 1] + 1)
            }
            current.append(best)
        }
        beforeLast = last
        last = current
    }
    return last[other.count]
}
