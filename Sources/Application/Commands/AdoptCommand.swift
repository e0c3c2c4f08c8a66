import Arguments
import EventLog
import Identifiers
import Identity
import ServiceLife

/// `orderlog adopt`
enum AdoptCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "adopt", summary: "Make databases and log one shop, after a restore",
            discussion: """
                A database notes which shop it is of and on which log, and its service refuses another. This makes the databases \
                and the log that are named belong together, with the services stopped. It moves no events: what a log lacks, \
                `orderlog audit` names afterwards. Where the embedded log is lost, a new one is made. To go from the embedded \
                log to Kafka say `orderlog move`.
                """,
            examples: ["orderlog adopt --data ./restored", "orderlog adopt --kafka 127.0.0.1:9092 --yes"],
            options: LogTool.options + ShopDatabases.options + [LogTool.yes]
        ) { arguments in
            try await LogTool.stoppable(shutdown) {
                try await ShopDatabases.with(arguments) { databases in
                    let isLost = try !CommonOptions.existingLog(arguments).isThere
                    if isLost, try !isNewLogWanted(arguments, shutdown) { return 1 }
                    return try await LogTool.withLog(arguments, for: isLost ? .making : .writing) { log in
                        try await adopt(databases.all, log, arguments, shutdown)
                    }
                }
            }
        }
    }

    private static func isNewLogWanted(_ arguments: ParsedArguments, _ shutdown: ShutdownSignal) throws -> Bool {
        let folder = arguments.value("data") ?? "./data"
        return try LogTool.isConfirmed(
            "There is no log in \(folder). Is it lost, and is a new one to be made, without the events that nobody has read?",
            arguments, shutdown)
    }

    private static func adopt(
        _ databases: [ShopDatabase], _ log: any EventLog, _ arguments: ParsedArguments, _ shutdown: ShutdownSignal
    ) async throws -> Int32 {
        let (logIdentity, shop) = (try await log.identity(), try await ShopRecord.read(log).shop)
        var rows = [["DATABASE", "SHOP", "LOG", "EVENTS ON THE LOG"]]
        var isDone = true
        var known: [Identifier] = []
        for database in databases {
            let identity = try await database.identity()
            if let identity { known.append(identity.shop) }
            if identity == nil || identity?.log != logIdentity || identity?.shop != shop { isDone = false }
            if try await !database.isRegistered(on: log) { isDone = false }
            let history =
                switch try await database.history(on: log) {
                case .none: "none"
                case .known: "its own"
                case .foreign: "of another database"
                }
            rows.append([database.name, short(identity?.shop), identity?.log ?? "-", history])
        }
        rows.append(["the log", short(shop), logIdentity, ""])
        print(Table.text(rows))
        guard !isDone else {
            print("they belong together already: nothing to do")
            return 0
        }
        let target = shop ?? known.first ?? .time()
        guard
            try LogTool.isConfirmed(
                "All of them become the shop \(short(target)) on \(logIdentity). Are the services stopped, and do these belong together?",
                arguments, shutdown)
        else { return 1 }
        let claimed = try await ShopRecord.claim(log, for: target)
        for database in databases {
            try await database.replaceRegistered(on: log, for: claimed)
            try await database.bind(to: StoreIdentity(shop: claimed, log: logIdentity))
        }
        print("done; `orderlog audit` says whether anything is missing")
        return 0
    }

    /// Its last digits tell shops apart.
    private static func short(_ shop: Identifier?) -> String { shop.map { "…" + $0.description.suffix(6) } ?? "-" }
}
