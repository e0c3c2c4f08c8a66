import Arguments
import HTTPClient
import ServiceLife

/// `orderlog healthcheck URL`
enum HealthcheckCommand {
    static var command: Command {
        Command(
            name: "healthcheck", summary: "Exit 0 when a service is ready, for container health checks",
            discussion:
                "URL is a service's address, such as http://127.0.0.1:8080 or unix:PATH; /health/ready is asked.",
            options: [
                Option(
                    name: "url", value: "URL", help: "Where the service is, if it is not said as an argument",
                    environment: "HEALTHCHECK_URL")
            ],
            arguments: [Positional(name: "URL", help: "Where the service is", required: false)]
        ) { arguments in
            guard let base = arguments.positionalIfGiven("URL") ?? arguments.value("url") else {
                throw UsageError("URL is missing: where the service is")
            }
            let http = HTTPClient(log: { _ in })
            let address = ServiceAddress(url: base)
            let url = "\(address)/health/ready"
            let answer: HTTPClientResponse
            do throws(HTTPClientError) {
                answer = try await http.send(
                    HTTPClientRequest(
                        method: "GET", url: address.base + "/health/ready", unixSocket: address.unixSocket),
                    deadline: .now + .seconds(3))
            } catch {
                await http.close()
                throw Failure("\(url): \(error.message)")
            }
            await http.close()
            guard answer.status == 200 else {
                throw Failure("\(url) answered \(answer.status)")
            }
            return 0
        }
    }
}
