import Arguments
import EventLog
import Events
import JSON
import LogTools
import ServiceLife
import Timestamps
import VisibleText

/// `orderlog groups list|describe|rewind`
enum GroupsCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "groups", summary: "Consumer groups: who reads, how far behind, and read again",
            examples: [
                "orderlog groups list", "orderlog groups describe notification-service",
                "orderlog groups rewind notification-service --to=-15m",
                "orderlog groups rewind notification-service --order ID --again",
            ],
            subcommands: [list, describe, RewindCommand.command(shutdown)])
    }

    private static var list: Command {
        Command(
            name: "list", summary: "Every group, its members and its lag", options: LogTool.options + [LogTool.json]
        ) { arguments in
            try await LogTool.withLog(arguments) { log in
                var reports: [GroupReport] = []
                for name in try await log.groups() { reports.append(try await GroupReport.of(name, in: log)) }
                if arguments.flag("json") {
                    for report in reports { printJSON(json(report)) }
                    return 0
                }
                print(
                    Table.text(
                        [["GROUP", "STATE", "MEMBERS", "LAG", "BEHIND"]]
                            + reports.map {
                                [
                                    $0.name, $0.members.state, "\($0.members.members.count)", "\($0.lag)",
                                    behind($0.seconds),
                                ]
                            }))
                return 0
            }
        }
    }

    private static var describe: Command {
        Command(
            name: "describe", summary: "A group's partitions: offset, end, lag, and who reads each",
            options: LogTool.options + [LogTool.json], arguments: [LogTool.group]
        ) { arguments in
            try await LogTool.withLog(arguments) { log in
                let report = try await GroupReport.of(arguments.positional("GROUP"), in: log)
                if arguments.flag("json") {
                    printJSON(json(report))
                    return 0
                }
                let members = report.members.members.map { "\($0.id) on \($0.host)".printable() }.joined(
                    separator: ", ")
                print("\(report.name) is \(report.members.state)" + (members.isEmpty ? "" : ": \(members)"))
                print(
                    Table.text(
                        [["PARTITION", "OFFSET", "END", "LAG", "BEHIND", "MEMBER"]]
                            + report.partitions.map {
                                [
                                    "\($0.topic)/\($0.partition)", $0.offset.map(String.init) ?? "-",
                                    $0.isBeyondEnd ? "\($0.end) < OFFSET" : "\($0.end)",
                                    "\($0.lag)", behind($0.seconds), $0.member ?? "-",
                                ]
                            }))
                if !report.beyondEnd.isEmpty {
                    let list = report.beyondEnd.map { "\($0.topic)/\($0.partition)" }.joined(separator: ", ")
                    print(
                        "OFFSET > END in \(list): the log was made anew or cut; \(report.name) reads it from its beginning, and tells nobody twice"
                    )
                }
                return 0
            }
        }
    }

    private static func behind(_ seconds: Double) -> String {
        switch seconds {
        case 0: "-"
        case ..<120: "\(Int(seconds.rounded(.up))) s"
        case ..<7_200: "\(Int(seconds / 60)) min"
        case ..<172_800: "\(Int(seconds / 3_600)) h"
        default: "\(Int(seconds / 86_400)) days"
        }
    }

    private static func json(_ report: GroupReport) -> [UInt8] {
        var json = JSONWriter()
        report.write(to: &json)
        return json.finish()
    }
}
