extension Completion {
    /// For zsh 5. Only the words are generated, the rest is always the same.
    var zsh: String {
        var paths: [String] = []
        var words: [String] = []
        var values: [String] = []
        walk([program]) { path, options, following in
            let name = path.joined(separator: " ")
            if path.count > 1 { paths.append(Self.quoted(name)) }
            let verbs = following.map { Self.described($0.word, $0.summary) }
            let flags = options.map { Self.described("--\($0.name)", $0.help) } + ["'--help:Show this help'"]
            words.append(
                "    (\(Self.quoted(name))) verbs=(\(verbs.joined(separator: " "))) flags=(\(flags.joined(separator: " "))) ;;"
            )
            for option in options where !option.isSwitch {
                let pattern = option.spellings.map { Self.quoted("\(name) \($0)") }.joined(separator: "|")
                values.append("    (\(pattern)) \(Self.zshProposal(option))return ;;")
            }
        }
        // `words`, `path`, `commands` and `options` are variables of zsh itself.
        return """
            #compdef \(program.name)
            # Completes \(program.name) in zsh: source <(\(program.name) completion zsh), or keep it as \(function) in a folder of $fpath.
            \(function)() {
                local place=\(Self.quoted(program.name)) before
                local -a verbs flags
                local -i index
                for ((index = 2; index < CURRENT; index++)); do
                    case "$place ${words[index]}" in
                    (\(paths.joined(separator: "|"))) place="$place ${words[index]}" ;;
                    esac
                done
                before="${words[CURRENT - 1]}"
                if [[ "$PREFIX" == --*=* ]]; then
                    before="${PREFIX%%=*}"
                    compset -P '*='
                fi
                case "$place $before" in
            \(values.joined(separator: "\n"))
                esac
                case "$place" in
            \(words.joined(separator: "\n"))
                esac
                (( $#verbs )) && _describe -t commands command verbs
                _describe -o -t options option flags
            }
            if [[ "${funcstack[1]}" == \(Self.quoted(function)) ]]; then
                \(function) "$@"
            else
                (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
                compdef \(function) \(program.name)
            fi

            """
    }

    /// A word, and what it is for, as `_describe` takes them.
    private static func described(_ word: String, _ summary: String) -> String {
        let name = word.replacing(":", with: #"\:"#)
        return quoted(summary.isEmpty ? name : "\(name):\(summary)")
    }

    private static func zshProposal(_ option: Option) -> String {
        let values = option.choices + option.proposals
        if !values.isEmpty { return "compadd -- \(values.map(quoted).joined(separator: " ")); " }
        switch option.value {
        case "FILE", "PATH": return "_files; "
        case "DIR", "FOLDER": return "_files -/; "
        default: return ""
        }
    }
}
