import Glibc

/// Which of so many things somebody wants: the first is the most popular, the n-th is wanted 1/n^skew times as often (Zipf).
package struct Popularity: Sendable {
    /// Of each thing, the part of all wishes that are for it or those before it.
    private let sums: [Double]

    /// `count` of 1 or more; `skew` 0: all alike; 1: as words in a text.
    package init(count: Int, skew: Double) {
        var sum = 0.0
        let sums = (1...count).map { place in
            sum += pow(Double(place), -skew)
            return sum
        }
        self.sums = sums.map { $0 / sum }
    }

    package func choose(_ dice: inout Dice) -> Int {
        let wish = dice.part()
        var (low, high) = (0, sums.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > wish { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
