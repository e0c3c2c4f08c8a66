extension Array where Element: Sendable {
    /// What becomes of each, side by side, in their order. How many really run at one time is for the connections to bound.
    func concurrently<Value: Sendable>(_ body: @escaping @Sendable (Element) async -> Value) async -> [Value] {
        await withTaskGroup(of: (Int, Value).self) { group in
            for (index, element) in enumerated() { group.addTask { (index, await body(element)) } }
            var values = [Value?](repeating: nil, count: count)
            for await (index, value) in group { values[index] = value }
            return values.compactMap(\.self)
        }
    }
}
