import HTTPAPI
import HTTPServer
import ServiceLife
import Telemetry

/// Where others than this machine reach a service, it asks for keys, or somebody has said that it need not.
enum ListeningRule {
    static func check(_ settings: SystemSettings, _ logger: Logger) throws {
        try checkInside(settings, logger)
        guard settings.keys == nil else { return }
        for service in settings.services {
            guard let isLoopback = AnsweredNames.isLoopback(listeningOn: service.host) else {
                throw HTTPServerError.addressNotAvailable(host: service.host)
            }
            if isLoopback { continue }
            guard settings.isOpenOnPurpose else { throw refusal(service.host) }
            return logger.warning(
                "nobody is asked for a key: whoever reaches this address reads and changes orders (--insecure-open)",
                ["host": service.host])
        }
    }

    /// The inside doors, which take tokens instead of keys.
    private static func checkInside(_ settings: SystemSettings, _ logger: Logger) throws {
        for service in settings.services {
            guard case .port(let host, _, _) = service.inside, service.insideTokens == nil,
                AnsweredNames.isLoopback(listeningOn: host) == false
            else { continue }
            guard settings.isOpenOnPurpose else {
                throw Failure(
                    """
                    its inside door would listen on \(host), where others than this machine reach it, and ask nobody for a \
                    token. Start with --inside-token FILE (a line of `openssl rand -hex 32`, mode 600), or with \
                    --internal-host 127.0.0.1; or say --insecure-open where something else keeps strangers out
                    """)
            }
            return logger.warning(
                "the inside door asks nobody for a token: whoever reaches it changes stock (--insecure-open)",
                ["host": host])
        }
    }

    private static func refusal(_ host: String) -> Failure {
        Failure(
            """
            it would listen on \(host), where others than this machine reach it, and ask nobody for a key. Make one, `orderlog \
            keys create --scope place --name site --file ./keys`, and start with --keys ./keys; or say --insecure-open where \
            something else keeps strangers out
            """)
    }
}
