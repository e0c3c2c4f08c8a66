import Telemetry
import Testing

@Suite("The form in which metrics are told")
struct MetricsFormatTests {
    @Test(
        "is OpenMetrics for who names it, and Prometheus's own for everybody else",
        arguments: [
            (nil, MetricsFormat.prometheus), ("*/*", .prometheus), ("text/plain;version=0.0.4", .prometheus),
            ("application/openmetrics-text", .openMetrics),
            ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1", .openMetrics),
            ("text/plain, Application/OpenMetrics-Text ; q=0.1", .openMetrics),
            ("application/openmetrics-text;q=0,*/*", .prometheus), ("application/openmetrics-text;q=0.0", .prometheus),
            ("", .prometheus), (",;,", .prometheus),
        ] as [(String?, MetricsFormat)])
    func negotiation(accept: String?, format: MetricsFormat) {
        #expect(MetricsFormat(accept: accept) == format)
    }

    @Test("as Prometheus's own knows a counter by the name of its samples, and has no units and no end")
    func prometheus() {
        let metrics = Metrics()
        metrics.counter("orders", "Of \"all\" kinds", labels: ["by"]).add(2, "a\"b")
        metrics.gauge("age", "How old", unit: "seconds") { 1.5 }
        #expect(
            metrics.render(.prometheus) == #"""
                # HELP orders_total Of "all" kinds
                # TYPE orders_total counter
                orders_total{by="a\"b"} 2
                # HELP age_seconds How old
                # TYPE age_seconds gauge
                age_seconds 1.5

                """#)
    }
}
