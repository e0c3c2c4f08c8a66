/// The segments of a path, decoded, in one block of bytes.
struct PathSegments {
    private var bytes: [UInt8] = []
    private var ranges: [Range<Int>] = []

    /// No path at all.
    init() {}

    /// The path is empty or starts with a slash. nil for a bad escape, a NUL or what is not UTF-8.
    init?(of path: UnsafeRawBufferPointer) {
        ranges.reserveCapacity(4)
        if path.contains(UInt8(ascii: "%")) {
            for segment in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
                guard let text = PercentCoding.decode(UnsafeRawBufferPointer(rebasing: segment)) else { return nil }
                append(text)
            }
        } else {
            bytes = Array(path)
            var start = 1
            for index in 1..<max(1, path.count) where path[index] == UInt8(ascii: "/") {
                ranges.append(start..<index)
                start = index + 1
            }
            ranges.append(min(start, path.count)..<path.count)
        }
    }

    init(_ segments: [String]) {
        for segment in segments { append(segment) }
    }

    private mutating func append(_ segment: String) {
        let start = bytes.count
        bytes.append(contentsOf: segment.utf8)
        ranges.append(start..<bytes.count)
    }

    var count: Int { ranges.count }

    func isEmpty(at index: Int) -> Bool { ranges[index].isEmpty }

    func isEqual(at index: Int, to text: [UInt8]) -> Bool {
        let range = ranges[index]
        guard range.count == text.count else { return false }
        for offset in 0..<text.count where bytes[range.lowerBound + offset] != text[offset] { return false }
        return true
    }

    func text(at index: Int) -> String { String(decoding: bytes[ranges[index]], as: UTF8.self) }
}
