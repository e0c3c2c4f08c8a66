internal import HTTPAPI
internal import HTTPServer
internal import Telemetry

enum MetricsOperation {
    static let metrics = Operation(
        .get, "/metrics", id: "getMetrics", tag: Operation.Tag("metrics", "Numbers for those who watch."),
        access: .inside,
        summary: "Get the metrics",
        description: """
            All metrics of the service: in Prometheus's text format, or as OpenMetrics has them where `Accept` names \
            `application/openmetrics-text`.
            """,
        answers: [
            Operation.Answer(
                "The metrics.",
                .texts([
                    (
                        MetricsFormat.prometheus.contentType,
                        "# TYPE orderlog_lease_held gauge\norderlog_lease_held 1.0\n"
                    ),
                    (
                        MetricsFormat.openMetrics.contentType,
                        "# TYPE orderlog_lease_held gauge\norderlog_lease_held 1.0\n# EOF\n"
                    ),
                ]))
        ], isAlwaysTaken: true)

    static func answer(_ call: Call, _ metrics: Metrics) -> HTTPResponse {
        let format = MetricsFormat(accept: call.request.headers["accept"])
        return HTTPResponse(
            status: 200, headers: [("content-type", format.contentType)], body: Array(metrics.render(format).utf8))
    }
}
