import Arguments
import Foundation
import ServiceLife
import Status

/// `orderlog status`
enum StatusCommand {
    private static let services = ["order", "inventory", "notification"]

    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "status", summary: "How the services are, what waits, and what to do next",
            discussion: """
                Asks the inside door of each service: the sockets that `up` has in --data, or the ports of `serve` on this machine, or
                what --order, --inventory and --notification say. A name that has several addresses, as replicas in containers do, is
                asked at each. What waits longer than it should says LOOK, and what to do stands below.

                Exits 0 when all is well, 1 when somebody should look, 2 when a service does not answer.
                """,
            examples: [
                "orderlog status", "orderlog status --watch", "orderlog status --json | jq .advice",
                "orderlog status --order http://order-service:9080 --inside-token /run/secrets/inside/token",
            ],
            options: [CommonOptions.data] + services.map(door) + [
                Option(
                    name: "inside-token", value: "FILE",
                    help: "The file of the tokens that the services' inside doors ask for",
                    environment: "INSIDE_TOKEN_FILE"),
                Option(name: "watch", help: "Show it again every two seconds, until Ctrl-C"), LogTool.json,
            ]
        ) { arguments in
            let doors = try doors(arguments)
            let reader = StatusReader()
            let code = try await withStop(shutdown) { stop in
                while true {
                    let report = await reader.report(await StatusDoors.resolved(doors))
                    show(report, arguments)
                    guard arguments.flag("watch"), !stop() else { return exitCode(report) }
                    for _ in 0..<20 where !stop() { try await Task.sleep(for: .milliseconds(100)) }
                    if stop() { return exitCode(report) }
                }
            }
            await reader.close()
            if let trouble = ToolOutput.trouble() { throw Failure(trouble) }
            return code
        }
    }

    private static func door(_ service: String) -> Option {
        Option(
            name: service, value: "URL",
            help:
                "The \(service) service's inside door, http://HOST:PORT or unix:PATH; several times for several replicas",
            repeatable: true)
    }

    private static func exitCode(_ report: StatusReport) -> Int32 {
        if report.replicas.contains(where: { $0.silence != nil }) { return 2 }
        return report.isWell ? 0 : 1
    }

    private static func show(_ report: StatusReport, _ arguments: ParsedArguments) {
        if arguments.flag("json") { return printJSON(report.json) }
        let isScreen = arguments.flag("watch") && isatty(STDOUT_FILENO) == 1
        // To the upper left, and what was there is wiped.
        if isScreen { Swift.print("\u{1B}[H\u{1B}[2J", terminator: "") }
        print(report.text(at: Date().timeIntervalSince1970))
        if isScreen || arguments.flag("watch") { fflush(nil) }
    }

    /// What is said; else the sockets in the data folder; else the ports of `serve`.
    private static func doors(_ arguments: ParsedArguments) throws -> [(service: String, address: ServiceAddress)] {
        let tokens = try arguments.value("inside-token").map { try TokenFollower(path: $0).tokens }
        let said = services.flatMap { service in
            arguments.values(service).map { (service, ServiceAddress(url: $0, tokens: tokens)) }
        }
        if !said.isEmpty { return said }
        let folder = arguments.value("data") ?? "./data"
        let sockets = services.filter { FileManager.default.fileExists(atPath: "\(folder)/\($0).sock") }
        if !sockets.isEmpty { return sockets.map { ($0, ServiceAddress(url: "unix:\(folder)/\($0).sock")) } }
        if arguments.isOnCommandLine("data") {
            throw Failure("no service of `orderlog up` has its socket in \(folder): start it, or name another folder")
        }
        return services.enumerated().map { index, service in
            (service, ServiceAddress(url: "http://127.0.0.1:\(9_080 + index)", tokens: tokens))
        }
    }
}
