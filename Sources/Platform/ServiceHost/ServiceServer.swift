package import HTTPServer
package import Telemetry

/// The HTTP front of a service: its routes, health, metrics; refusals as problem documents; a line and a number for
/// each request.
package struct ServiceServer: Sendable {
    package let server: HTTPServer

    package init(configuration: HTTPServerConfiguration, api: API, metrics: Metrics, logger: Logger) {
        var api = api
        api.get("/metrics", isAlwaysTaken: true) { _ in
            HTTPResponse(
                status: 200,
                headers: [("content-type", Metrics.contentType)],
                body: Array(metrics.render().utf8))
        }
        let durations = metrics.histogram(
            "http_server_request_duration", "Time from a request's arrival to its answer.", unit: "seconds",
            buckets: Histogram.requestSeconds,
            labels: ["method", "route", "status"])
        server = HTTPServer(
            configuration: configuration, router: api.router, refusal: Problem.refusal,
            observe: { exchange in
                let seconds =
                    Double(exchange.duration.components.seconds)
                    + Double(exchange.duration.components.attoseconds) * 1e-18
                durations.observe(seconds, exchange.method, exchange.route ?? "none", String(exchange.status))
            },
            log: { logger.warning($0) })
    }
}
