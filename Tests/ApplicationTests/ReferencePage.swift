import Arguments

@testable import Application

/// `docs/reference.md`: limits, settings and commands, as the declarations have them.
struct ReferencePage {
    private struct Page {
        /// As it is typed.
        let words: [String]
        let command: Command
    }

    private struct Setting {
        let option: Option
        var commands: [String]
    }

    private let program: Command

    init(_ program: Command) {
        self.program = program
    }

    var text: String {
        """
        # Reference

        Limits, settings and commands, written from the code by `make contract`. What the routes are: [http.md](http.md).

        ## Limits

        \(Limits.all)

        ## Settings

        An option on the command line counts before its variable in the environment, and an empty variable counts as unset.

        | variable | option | default | | of |
        |---|---|---|---|---|
        \(settings)

        ## Commands

        \(pages.map(describe).joined(separator: "\n"))
        """
    }

    /// Every command that runs, in the order of their declaration.
    private var pages: [Page] {
        func below(_ command: Command, _ words: [String]) -> [Page] {
            (command.run == nil ? [] : [Page(words: words, command: command)])
                + command.subcommands.flatMap { below($0, words + [$0.name]) }
        }
        return below(program, [])
    }

    private func describe(_ page: Page) -> String {
        guard case .print(let help) = program.resolve(arguments: page.words + ["--help"], environment: [:]) else {
            return ""
        }
        return "### \((["orderlog"] + page.words).joined(separator: " "))\n\n```\n\(help)```\n"
    }

    private var settings: String {
        var found: [String: [Setting]] = [:]
        func visit(_ command: Command, _ words: [String]) {
            let name = words.isEmpty ? "all" : words.joined(separator: " ")
            for option in command.options {
                guard let variable = option.environment else { continue }
                var same = found[variable] ?? []
                let index = same.firstIndex { known in
                    known.option.name == option.name && known.option.help == option.help
                        && known.option.default == option.default
                }
                if let index {
                    same[index].commands.append(name)
                } else {
                    same.append(Setting(option: option, commands: [name]))
                }
                found[variable] = same
            }
            for child in command.subcommands { visit(child, words + [child.name]) }
        }
        visit(program, [])
        return found.sorted { $0.key < $1.key }.flatMap { variable, settings in
            settings.map { setting in
                let value = setting.option.value.map { " \($0)" } ?? ""
                let cells = [
                    "`\(variable)`", "`--\(setting.option.name)\(value)`",
                    setting.option.default.map { $0.isEmpty ? "" : "`\($0)`" } ?? "", setting.option.help,
                    setting.commands.joined(separator: ", "),
                ]
                return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
            }
        }.joined(separator: "\n")
    }
}
