/// The script with which a shell completes a program's command lines.
struct Completion {
    /// Every program that has commands has this one.
    static let command = Command(
        name: "completion", summary: "Print a script that completes commands and options in a shell",
        examples: ["source <(orderlog completion bash)", "source <(orderlog completion zsh)"],
        arguments: [Positional(name: "SHELL", help: "The shell", choices: ["bash", "zsh"])])

    let program: Command

    init(program: Command) {
        self.program = program
    }

    /// The name of the script's function.
    var function: String { "_" + program.name.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined() }

    /// For bash 3.2 and later; it needs no package. Only the words are generated, the rest is always the same.
    var bash: String {
        var paths: [String] = []
        var words: [String] = []
        var values: [String] = []
        walk([program]) { path, options, following in
            let name = path.joined(separator: " ")
            if path.count > 1 { paths.append(Self.quoted(name)) }
            let all = following.map(\.word) + options.map { "--\($0.name)" } + ["--help"]
            words.append("        \(Self.quoted(name))) words=\(Self.quoted(all.joined(separator: " "))) ;;")
            for option in options where !option.isSwitch {
                let pattern = option.spellings.map { Self.quoted("\(name) \($0)") }.joined(separator: " | ")
                values.append("        \(pattern)) \(Self.proposal(option)) return ;;")
            }
        }
        return """
            # Completes \(program.name) in bash: source <(\(program.name) completion bash)
            \(function)() {
                local current="${COMP_WORDS[COMP_CWORD]}" previous="" path=\(Self.quoted(program.name)) words="" i
                COMPREPLY=()
                ((COMP_CWORD > 0)) && previous="${COMP_WORDS[COMP_CWORD - 1]}"
                # bash cuts --option=value into three words
                if [[ $current == "=" ]]; then
                    current=""
                elif [[ $previous == "=" ]] && ((COMP_CWORD > 1)); then
                    previous="${COMP_WORDS[COMP_CWORD - 2]}"
                fi
                for ((i = 1; i < COMP_CWORD; i++)); do
                    case "$path ${COMP_WORDS[i]}" in
                    \(paths.joined(separator: " | "))) path="$path ${COMP_WORDS[i]}" ;;
                    esac
                done
                case "$path $previous" in
            \(values.joined(separator: "\n"))
                esac
                case "$path" in
            \(words.joined(separator: "\n"))
                esac
                COMPREPLY=($(compgen -W "$words" -- "$current"))
            }
            complete -F \(function) \(program.name)

            """
    }

    /// Visits every command with its path, the options it accepts and the words that may follow it.
    func walk(
        _ path: [Command], _ visit: ([String], [Option], [(word: String, summary: String)]) -> Void
    ) {
        let command = path[path.count - 1]
        var subcommands = command.subcommands
        if path.count == 1 { subcommands += [Self.command, help] }
        let values = command.arguments.first.map { $0.choices + $0.proposals } ?? []
        visit(
            path.map(\.name), path.flatMap(\.options),
            subcommands.map { ($0.name, $0.summary) } + values.map { ($0, "") })
        for subcommand in subcommands { walk(path + [subcommand], visit) }
    }

    private var help: Command {
        let names = program.subcommands.map(\.name)
        return Command(
            name: "help", summary: "Help for a command",
            arguments: [Positional(name: "COMMAND", help: "", choices: names)])
    }

    private static func proposal(_ option: Option) -> String {
        let values = option.choices + option.proposals
        if !values.isEmpty {
            return "COMPREPLY=($(compgen -W \(quoted(values.joined(separator: " "))) -- \"$current\"));"
        }
        switch option.value {
        case "FILE", "PATH": return "COMPREPLY=($(compgen -f -- \"$current\"));"
        case "DIR", "FOLDER": return "COMPREPLY=($(compgen -d -- \"$current\"));"
        default: return ""
        }
    }

    static func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: #"'\''"#) + "'"
    }
}

extension Option {
    /// As it is typed: `--data`, `-d`.
    var spellings: [String] { ["--\(name)"] + (short.map { ["-\($0)"] } ?? []) }
}
