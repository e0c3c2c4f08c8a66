import AccessKeys
import Arguments
import HTTPAPI
import JSON
import Timestamps

/// `orderlog keys create|list|revoke`
enum KeysCommand {
    static var command: Command {
        Command(
            name: "keys", summary: "Make, list and revoke the keys that callers show",
            examples: [
                "orderlog keys create --scope place --name site",
                "orderlog keys create --scope operate,read --name warehouse --expires 90d --file /etc/orderlog/keys",
                "orderlog keys list", "orderlog keys revoke warehouse",
                "orderlog up --keys ./keys",
                #"curl -H "Authorization: Bearer ol_…" http://localhost:8080/orders"#,
            ], subcommands: [create, list, revoke])
    }

    private static let file = Option(
        name: "file", value: "FILE", help: "The keys file, which services are given as --keys",
        environment: "ORDERLOG_KEYS", default: "./keys")

    private static func keysFile(_ arguments: ParsedArguments) throws(UsageError) -> KeysFile {
        KeysFile(path: try arguments.required("file"))
    }

    // MARK: - create

    private static var create: Command {
        Command(
            name: "create", summary: "Make a key, and print it this once",
            discussion: """
                The key is the one line on standard output. Only its hash is kept, in --file, which is made where it is not there \
                yet. Services that run take it within five seconds.

                place: placing orders, and reading one by its id. operate: everything else that changes something. read: \
                everything that changes nothing. A key may have several.
                """,
            options: [
                file,
                Option(
                    name: "scope", value: "SCOPE[,SCOPE]",
                    help: "What it is good for: \(Scope.allCases.map(\.rawValue).joined(separator: ", "))",
                    repeatable: true, proposals: Scope.allCases.map(\.rawValue)),
                Option(name: "name", value: "NAME", help: "Who has it: letters, digits, dots, dashes, underscores"),
                Option(
                    name: "expires", value: "WHEN",
                    help: "For how long it is good, as 90d, 12h, 30m or 20s, or until when, as 2027-01-31T00:00:00Z",
                    default: "never"),
            ]
        ) { arguments in
            let name = try arguments.required("name")
            guard AccessKey.isName(name) else {
                throw arguments.wrong("name", "must be 1 to 64 letters, digits, dots, dashes or underscores")
            }
            let scopes = try scopes(arguments)
            let file = try keysFile(arguments)
            let text = KeyText.make()
            let now = Timestamp.now()
            let key = AccessKey(
                name: name, scopes: scopes, created: now, expires: try expires(arguments, from: now), text: text)
            try file.change { keys in
                guard !keys.contains(where: { $0.name == name }) else {
                    throw Failure(
                        "\(file.path) has a key of the name \(name): take another name, or revoke that one first")
                }
                keys.append(key)
            }
            Swift.print(text)
            LogTool.say(
                """
                \(name) may \(key.scopes.map(\.rawValue).joined(separator: " and ")), \(until(key)). Keep the key now: it is \
                shown this once, and \(file.path) has its hash alone.
                """)
            return 0
        }
    }

    private static func scopes(_ arguments: ParsedArguments) throws(UsageError) -> Set<Scope> {
        var scopes: Set<Scope> = []
        for word in arguments.values("scope").flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            guard let scope = Scope(rawValue: String(word)) else {
                throw arguments.wrong(
                    "scope", "must be of \(Scope.allCases.map(\.rawValue).joined(separator: ", ")), separated by commas"
                )
            }
            scopes.insert(scope)
        }
        guard !scopes.isEmpty else { throw UsageError("--scope is missing: place, operate or read, or several") }
        return scopes
    }

    /// The longest that may be said in days.
    private static let mostSeconds: Int64 = 3_650 * 86_400

    private static func expires(_ arguments: ParsedArguments, from now: Timestamp) throws(UsageError) -> Timestamp? {
        let text = try arguments.required("expires")
        if text == "never" { return nil }
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        if let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()),
            (1...mostSeconds / unit).contains(number)
        {
            return now.advanced(bySeconds: Double(number * unit))
        }
        guard let moment = Timestamp(rfc3339: text), moment > now else {
            throw arguments.wrong(
                "expires",
                "must be never, or from now on as 90d, 12h, 30m or 20s (at most 3650d), or a moment to come as 2027-01-31T00:00:00Z"
            )
        }
        return moment
    }

    private static func until(_ key: AccessKey) -> String {
        key.expires.map { "until \($0.rfc3339)" } ?? "for ever, until it is revoked"
    }

    // MARK: - list

    private static var list: Command {
        Command(
            name: "list", summary: "Show the keys of a file, but not the keys themselves",
            options: [file, LogTool.json]
        ) { arguments in
            let keys = try keysFile(arguments).read()
            let now = Timestamp.now()
            if arguments.flag("json") {
                for key in keys { printJSON(json(key, now)) }
                return 0
            }
            guard !keys.isEmpty else {
                print("there is no key")
                return 0
            }
            let rows = keys.map { key in
                [
                    key.name, key.scopes.map(\.rawValue).joined(separator: ","), key.created.rfc3339,
                    (key.expires?.rfc3339 ?? "never") + (key.isExpired(at: now) ? " (expired)" : ""),
                ]
            }
            print(Table.text([["NAME", "SCOPES", "CREATED", "EXPIRES"]] + rows))
            return 0
        }
    }

    private static func json(_ key: AccessKey, _ now: Timestamp) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("name", key.name)
            json.key("scopes")
            json.array { json in
                for scope in key.scopes { json.string(scope.rawValue) }
            }
            json.field("created", key.created.rfc3339)
            if let expires = key.expires { json.field("expires", expires.rfc3339) }
            json.field("expired", key.isExpired(at: now))
        }
        return json.finish()
    }

    // MARK: - revoke

    private static var revoke: Command {
        Command(
            name: "revoke", summary: "Make a key good for nothing any more",
            discussion: "Services that run refuse it within five seconds.",
            options: [file], arguments: [Positional(name: "NAME", help: "As `orderlog keys list` has it")]
        ) { arguments in
            let name = arguments.positional("NAME")
            let file = try keysFile(arguments)
            // To revoke what is not there makes no file.
            _ = try file.read()
            try file.change { keys in
                guard keys.contains(where: { $0.name == name }) else {
                    throw Failure("\(file.path) has no key of the name \(name): see `orderlog keys list`")
                }
                keys.removeAll { $0.name == name }
            }
            print("\(name) is revoked")
            return 0
        }
    }
}
