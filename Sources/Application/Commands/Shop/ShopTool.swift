import Arguments
import Foundation
import HTTPAPI
import Inventory
import JSON
import LogTools
import Notifications
import Orders
import ServiceLife
import ShopClient
import Timestamps

/// What the commands of the shop have in common. They ask it as everybody does, by its public API.
enum ShopTool {
    static let url = Option(
        name: "url", value: "URL", help: "Where the shop is: \(ShopAddresses.forms)", environment: "ORDERLOG_URL",
        default: ShopAddresses.usual)
    static let keyFile = Option(
        name: "key-file", value: "FILE", help: "A file with an access key, sent as Authorization: Bearer",
        environment: "ORDERLOG_KEY_FILE")
    static let plainHTTP = Option(
        name: "plain-http",
        help: "Send the key over http: to another machine, too: whoever is in between can read it, and use it",
        environment: "ORDERLOG_PLAIN_HTTP")
    static let timeout = Option(
        name: "timeout", value: "SECONDS", help: "How long the shop may take for an answer, with all repeats",
        default: "30")
    static let json = Option(name: "json", help: "Print the API's JSON, one document")
    static let utc = Option(name: "utc", help: "Times in UTC; otherwise as they are here (TZ)")

    static let options = [url, keyFile, plainHTTP, timeout, json, utc]

    /// When the things of a list were made.
    static func created(_ things: String) -> [Option] {
        [
            Option(name: "from", value: "TIME", help: "Only \(things) of then or later: RFC 3339, or -15m, -2h, -3d"),
            Option(name: "to", value: "TIME", help: "Only \(things) from before, likewise"),
        ]
    }

    /// What the query of a list says of these options, each with the parameter's name behind it.
    static func query(
        _ arguments: ParsedArguments, _ parameters: [(option: String, name: String)]
    ) throws(UsageError) -> [(name: String, value: String)] {
        var query: [(name: String, value: String)] = []
        for (option, name) in parameters {
            guard let text = arguments.value(option) else { continue }
            let value = try name.hasPrefix("created_") ? moment(option, text, arguments) : text
            query.append((name, value))
        }
        return query
    }

    /// What is counted from now on goes out as the moment that it is.
    private static func moment(
        _ option: String, _ text: String, _ arguments: ParsedArguments
    ) throws(UsageError) -> String {
        guard case .time(let time)? = LogPlace(text, now: .now()) else {
            throw arguments.wrong(option, "must be a time, as 2026-01-31T09:30:00Z or -15m")
        }
        return time.rfc3339
    }

    /// How many things a list shows.
    static func limit(_ things: String) -> Option {
        Option(name: "limit", short: "n", value: "N", help: "So many \(things) at most, the newest", default: "50")
    }
    static func limit(_ arguments: ParsedArguments) throws(UsageError) -> Int {
        try arguments.int("limit", in: 1...10_000)
    }

    /// Runs `body` with the shop that the arguments name, until Ctrl-C. `given`: where else to ask.
    static func withShop(
        _ arguments: ParsedArguments, _ shutdown: ShutdownSignal, at given: ShopAddresses? = nil,
        _ body: @escaping @Sendable (ShopClient) async throws -> Int32
    ) async throws -> Int32 {
        guard let addresses = try given ?? ShopAddresses(arguments.required("url")) else {
            throw arguments.wrong("url", "must be \(ShopAddresses.forms)")
        }
        let client = ShopClient(
            addresses, accessKey: try accessKey(arguments, for: addresses),
            patience: .init(whole: .seconds(try arguments.int("timeout", in: 1...3_600))), advice: { advice[$0] })
        do {
            let code = try await LogTool.stoppable(shutdown) {
                do { return try await body(client) } catch ShopError.unknown where Task.isCancelled {
                    throw Stopped(ShopError.mayBeDone)
                }
            }
            await client.close()
            return code
        } catch {
            await client.close()
            throw error
        }
    }

    /// The key of `--key-file`, where it may go to these addresses.
    static func accessKey(_ arguments: ParsedArguments, for addresses: ShopAddresses?...) throws -> String? {
        guard let file = arguments.value("key-file") else { return nil }
        if !arguments.flag("plain-http"), let address = addresses.lazy.compactMap({ $0?.unencrypted }).first {
            throw UsageError(
                "\(address) is http: on another machine, and the key of --key-file can be read on the way: https:, or --plain-http"
            )
        }
        return try AccessKeyFile.read(file)
    }

    /// What the pages of the problems say that a caller can do.
    private static let advice: [String: String] = {
        let types = [OrderOperations.street, InventoryOperations.street, NotificationOperations.street]
            .flatMap(\.problemTypes)
        return Dictionary(types.map { ($0.kind, $0.advice) }, uniquingKeysWith: { first, _ in first })
    }()

    /// The answer itself with `--json`, else what a person reads of it.
    static func show(
        _ answer: [UInt8], _ arguments: ParsedArguments, _ text: (JSONValue, Terminal) -> String
    ) throws {
        if arguments.flag("json") { return printJSON(answer) }
        show(text(try JSONValue.answered(answer), Terminal(arguments)))
    }

    /// The same of a list.
    static func show(
        _ list: ShopList, _ arguments: ParsedArguments, none: String, _ text: ([JSONValue], Terminal) -> String
    ) throws {
        if arguments.flag("json") { return printJSON(list.json()) }
        guard !list.items.isEmpty else { return LogTool.say(none) }
        show(text(try list.values(), Terminal(arguments)))
        if list.nextCursor != nil { LogTool.say("there are more: --limit shows so many") }
    }

    /// Text that has colours of ours, and nothing else that a terminal obeys: what made it saw to that.
    static func show(_ text: String) { Swift.print(text) }
}
