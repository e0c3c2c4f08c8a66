package import HTTPServer
package import Telemetry

/// One of a service's doors: its routes; refusals as problem documents; a number for each request.
package struct ServiceServer: Sendable {
    package let server: HTTPServer

    package init(configuration: HTTPServerConfiguration, api: API, metrics: Metrics, logger: Logger) {
        let durations = metrics.histogram(
            "http_server_request_duration", "Time from a request's arrival to its answer.", unit: "seconds",
            buckets: Histogram.requestSeconds,
            labels: ["method", "route", "status"])
        // What reaches a Unix socket is no browser.
        let names = configuration.unixSocket == nil ? AnsweredNames(listeningOn: configuration.host) : .any
        server = HTTPServer(
            configuration: configuration, router: api.keeping(RequestRules(names: names)).router,
            refusal: Problem.refusal,
            observe: { exchange in
                let seconds =
                    Double(exchange.duration.components.seconds)
                    + Double(exchange.duration.components.attoseconds) * 1e-18
                durations.observe(seconds, exchange.method, exchange.route ?? "none", String(exchange.status))
            },
            log: { logger.warning($0) })
    }
}
