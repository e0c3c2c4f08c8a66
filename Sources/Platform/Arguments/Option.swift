/// An option, `--name`.
package struct Option: Sendable {
    /// Without the dashes.
    package var name: String
    /// One letter for one dash.
    package var short: Character?
    /// What stands for its value in the help, like `HOST:PORT`; nil: a switch, which has no value. `FILE`, `PATH` and
    /// `DIR` are completed with what is there.
    package var value: String?
    /// What it does, without a full stop; it is wrapped.
    package var help: String
    /// The environment variable that is read when the option is not given. Empty counts as unset. For a switch: `1`,
    /// `true`, `yes`, `on`, or `0`, `false`, `no`, `off`.
    package var environment: String?
    /// Where neither the command line nor the environment says; shown in the help.
    package var `default`: String?
    /// Takes several values, all of which count.
    package var repeatable: Bool
    /// All values that are allowed; empty: any.
    package var choices: [String]
    /// Values that a shell proposes where others are allowed, too.
    package var proposals: [String]

    package init(
        name: String, short: Character? = nil, value: String? = nil, help: String, environment: String? = nil,
        default: String? = nil, repeatable: Bool = false, choices: [String] = [],
        proposals: [String] = []
    ) {
        precondition(value != nil || (`default` == nil && choices.isEmpty), "--\(name) is a switch: it has no value")
        self.name = name
        self.short = short
        self.value = value
        self.help = help
        self.environment = environment
        self.default = `default`
        self.repeatable = repeatable
        self.choices = choices
        self.proposals = proposals
    }

    var isSwitch: Bool { value == nil }
}

/// An argument without dashes.
package struct Positional: Sendable {
    /// As the help shows it, like `NAME`.
    package var name: String
    package var help: String
    package var required: Bool
    /// Takes all that follow; only for the last one.
    package var repeatable: Bool
    /// All values that are allowed; empty: any.
    package var choices: [String]
    /// Values that a shell proposes where others are allowed, too.
    package var proposals: [String]

    package init(
        name: String, help: String, required: Bool = true, repeatable: Bool = false, choices: [String] = [],
        proposals: [String] = []
    ) {
        self.name = name
        self.help = help
        self.required = required
        self.repeatable = repeatable
        self.choices = choices
        self.proposals = proposals
    }
}
