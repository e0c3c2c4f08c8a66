import Arguments
import EventLog
import Events
import LogTools
import ServiceLife
import Timestamps

/// `orderlog groups rewind`
enum RewindCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "rewind", summary: "Have a group read events again, while its service is stopped",
            discussion: """
                Shows the plan and asks. What the service has done for these events it does not do again: its inbox knows
                them. --again is the exception: the customers of these events are told once more, marked as a repeat.
                """,
            options: LogTool.options + [
                Option(
                    name: "to", value: "PLACE",
                    help:
                        "earliest, a time (RFC 3339, or -15m), or [TOPIC/]PARTITION:OFFSET, several times for several partitions",
                    repeatable: true),
                Option(
                    name: "topic", value: "TOPIC", help: "Only this one of the group's topics",
                    proposals: [Topics.orders]),
                Option(name: "again", help: "Tell the customers again (only for \(Topics.notificationGroup))"),
                Option(name: "order", value: "ID", help: "With --again: only about this order"),
                CommonOptions.database("notification"), CommonOptions.passwordFile("notification-database"),
                LogTool.yes,
            ],
            arguments: [LogTool.group]
        ) { arguments in
            let group = arguments.positional("GROUP")
            let places = try places(arguments)
            guard arguments.flag("again") || arguments.value("order") == nil else {
                throw UsageError("--order goes with --again")
            }
            _ = try LogTool.key(arguments, on: [Topics.orders])
            guard !arguments.flag("again") || group == Topics.notificationGroup else {
                throw UsageError("--again is for \(Topics.notificationGroup): nobody else tells anyone")
            }
            return try await LogTool.stoppable(shutdown) {
                try await LogTool.withLog(arguments, for: .writing) { log in
                    if arguments.flag("again") {
                        return try await TellAgain(log: log, arguments: arguments, shutdown: shutdown).run(
                            group, places)
                    }
                    let plan = try await RewindPlan.make(
                        group: group, to: places, topic: arguments.value("topic"), log: log)
                    guard show(plan) else { return 0 }
                    guard try LogTool.isConfirmed("Move them?", arguments, shutdown) else { return 1 }
                    try await log.moveOffsets(group: group, to: plan.positions)
                    print("\(group) reads \(plan.records) records again when its service starts")
                    return 0
                }
            }
        }
    }

    private static func places(_ arguments: ParsedArguments) throws(UsageError) -> [LogPlace] {
        var places: [LogPlace] = []
        for text in arguments.values("to") {
            guard let place = LogPlace(text, now: .now()), place != .latest else {
                throw UsageError(
                    "--to \(text) is not earliest, a time (RFC 3339, or -15m), or [TOPIC/]PARTITION:OFFSET")
            }
            places.append(place)
        }
        if places.isEmpty, arguments.value("order") != nil { return [.earliest] }
        guard places.count < 2 || places.allSatisfy({ if case .offset = $0 { true } else { false } }) else {
            throw UsageError("several --to are [TOPIC/]PARTITION:OFFSET, each of another partition")
        }
        guard !places.isEmpty else {
            throw UsageError("--to is missing: earliest, a time, or [TOPIC/]PARTITION:OFFSET")
        }
        return places
    }

    /// Prints the plan; false when there is nothing to do.
    static func show(_ plan: RewindPlan) -> Bool {
        guard !plan.moves.isEmpty else {
            print("\(plan.group) is there already, or before: nothing to do")
            return false
        }
        print(
            Table.text(
                [["PARTITION", "FROM", "TO", "RECORDS"]]
                    + plan.moves.map {
                        ["\($0.topic)/\($0.partition)", "\($0.from)", "\($0.to)", "\($0.from - $0.to)"]
                    }))
        print("\(plan.group) will read \(plan.records) records again")
        return true
    }
}
