import Spelling

extension ParsedArguments {
    /// The value of an option that has to be there.
    package func required(_ option: String) throws(UsageError) -> String {
        try one(option).text
    }

    /// A whole number that has to be there.
    package func int(_ option: String, in range: ClosedRange<Int>) throws(UsageError) -> Int {
        let value = try one(option)
        // As the services read numbers: `+5` is none.
        guard !value.text.hasPrefix("+"), let number = Int(value.text), range.contains(number) else {
            throw value.wrong(option, "is not \(Self.name("a whole number", range, .min, .max))")
        }
        return number
    }

    /// A whole number, or nil when there is none.
    package func intIfGiven(_ option: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        value(option) == nil ? nil : try int(option, in: range)
    }

    /// A number that has to be there, with a point or without.
    package func double(_ option: String, in range: ClosedRange<Double>) throws(UsageError) -> Double {
        let value = try one(option)
        guard !value.text.hasPrefix("+"), let number = Double(value.text), range.contains(number) else {
            throw value.wrong(option, "is not \(Self.name("a number", range, -.infinity, .infinity))")
        }
        return number
    }

    /// One of these words, which has to be there.
    package func oneOf(_ option: String, _ choices: [String]) throws(UsageError) -> String {
        let value = try one(option)
        try value.check(option, choices)
        return value.text
    }

    /// A case by its name, which has to be there.
    package func oneOf<Choice: CaseIterable & RawRepresentable<String>>(
        _ option: String, _ type: Choice.Type
    ) throws(UsageError) -> Choice {
        let word = try oneOf(option, type.allCases.map(\.rawValue))
        guard let choice = type.init(rawValue: word) else { throw UsageError("--\(option): \(word) is unknown") }
        return choice
    }

    /// What is wrong with the value of an option, for a command's own checks: `--kafka localhost PROBLEM`, or
    /// `KAFKA_BOOTSTRAP_SERVERS=localhost PROBLEM` when it is from the environment.
    package func wrong(_ option: String, _ problem: String) -> UsageError {
        guard let value = all(option).last else { return UsageError("--\(option) \(problem)") }
        return value.wrong(option, problem)
    }

    private func one(_ option: String) throws(UsageError) -> Value {
        guard let value = all(option).last else {
            let variable = environment(of: option).map { " (or \($0) in the environment)" } ?? ""
            throw UsageError("--\(option)\(variable) is missing")
        }
        return value
    }

    private static func name<Number: Comparable>(
        _ kind: String, _ range: ClosedRange<Number>, _ lowest: Number, _ highest: Number
    ) -> String {
        switch (range.lowerBound > lowest, range.upperBound < highest) {
        case (true, true): "\(kind) from \(range.lowerBound) to \(range.upperBound)"
        case (true, false): "\(kind) of at least \(range.lowerBound)"
        case (false, true): "\(kind) of at most \(range.upperBound)"
        case (false, false): kind
        }
    }
}

extension ParsedArguments.Value {
    func check(_ option: String, _ choices: [String]) throws(UsageError) {
        guard !choices.contains(text) else { return }
        let suggestion = nearest(to: text, of: choices).map { "; did you mean \($0)?" } ?? ""
        throw wrong(option, "is not one of \(choices.joined(separator: ", "))\(suggestion)")
    }

    func wrong(_ option: String, _ problem: String) -> UsageError {
        let shown = text.isEmpty || text.contains(" ") ? "'\(text)'" : text
        return switch source {
        case .option, .default: UsageError("--\(option) \(shown) \(problem)")
        case .environment(let variable): UsageError("\(variable)=\(shown) \(problem)")
        }
    }
}
