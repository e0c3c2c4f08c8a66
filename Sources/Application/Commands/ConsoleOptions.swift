import Arguments
import Console
import ServiceLife

/// The options by which a console of its own finds the services.
enum ConsoleOptions {
    private static let ports: [Neighbour: Int] = [.order: 8_080, .inventory: 8_081, .notification: 8_082]

    static let all: [Option] = Neighbour.allCases.flatMap { [door(of: $0), insideDoor(of: $0)] }

    private static func door(of neighbour: Neighbour) -> Option {
        Option(
            name: neighbour.rawValue, value: "URL",
            help: "Where the \(neighbour.rawValue) service's public door is: http://HOST:PORT",
            environment: "\(neighbour.rawValue.uppercased())_PUBLIC_URL",
            default: "http://127.0.0.1:\(ports[neighbour] ?? 0)")
    }

    private static func insideDoor(of neighbour: Neighbour) -> Option {
        Option(
            name: "\(neighbour.rawValue)-inside", value: "URL",
            help: "Where its inside door is, which tells how it is; the first token of --inside-token is shown there",
            environment: "\(neighbour.rawValue.uppercased())_INSIDE_URL",
            default: "http://127.0.0.1:\((ports[neighbour] ?? 0) + 1_000)")
    }

    static func settings(_ service: ServiceSettings, _ arguments: ParsedArguments) -> ConsoleSettings {
        var settings = ConsoleSettings(service, isPortChosen: true)
        for neighbour in Neighbour.allCases {
            if let url = arguments.value(neighbour.rawValue) {
                settings.addresses[neighbour] = ServiceAddress(url: url)
            }
            guard let url = arguments.value("\(neighbour.rawValue)-inside") else { continue }
            settings.doors.append((neighbour.rawValue, ServiceAddress(url: url, tokens: service.insideTokens)))
        }
        return settings
    }
}
