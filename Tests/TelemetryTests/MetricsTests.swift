import Synchronization
import Telemetry
import Testing

@Suite struct MetricsTests {
    let metrics = Metrics()

    /// One that is held counts together with those that name the labels, and is told from the start: an alert sees the first one.
    @Test func aSeriesIsOneOfItsMetrics() {
        let orders = metrics.counter("orders", "Orders", labels: ["outcome"])
        let seconds = metrics.histogram("request", "Time", buckets: [1], labels: ["method"])
        let (confirmed, post) = (orders.series("confirmed"), seconds.series("POST"))
        #expect(metrics.render().contains(#"orders_total{outcome="confirmed"} 0"# + "\n"))
        #expect(metrics.render().contains(#"request_count{method="POST"} 0"# + "\n"))
        confirmed.add()
        orders.add(2, "confirmed")
        orders.series("confirmed").add(4)
        post.observe(0.5)
        seconds.observe(2, "POST")
        let lines = metrics.render().split(separator: "\n")
        #expect(lines.contains(#"orders_total{outcome="confirmed"} 7"#))
        #expect(lines.contains(#"request_bucket{method="POST",le="1.0"} 1"#))
        #expect(lines.contains(#"request_sum{method="POST"} 2.5"#))
    }

    @Test func everySampleSaysWhoseItIs() {
        let metrics = Metrics(service: "order")
        metrics.counter("orders", "Orders", labels: ["outcome"]).add(1, "confirmed")
        metrics.gauge("waiting", "Waiting") { 2 }
        let lines = metrics.render().split(separator: "\n")
        #expect(lines.contains(#"orders_total{service="order",outcome="confirmed"} 1"#))
        #expect(lines.contains(#"waiting{service="order"} 2.0"#))
    }

    @Test func rendersOpenMetrics() {
        let orders = metrics.counter("orderlog_orders", "Orders by outcome", labels: ["outcome"])
        orders.add(2, "confirmed")
        orders.add(1, "confirmed")
        orders.add(1, "re\"jec\\ted\n")
        let seconds = metrics.histogram(
            "request", "Time\nto \"answer\"", unit: "seconds", buckets: [0.01, 1], labels: ["method", "path"])
        for value in [0.01, 0.02, 5, .nan] { seconds.observe(value, "POST", "/orders") }
        metrics.gauge("waiting", "Requests that wait") { 4 }
        metrics.gauge("absent", "Nothing now") { nil }
        metrics.gauge("lag", "Records behind", labels: ["topic"]) { [(["orders"], 7), (["inventory"], .infinity)] }
        metrics.counter("polls_total", "Kept elsewhere") { 12 }
        let level = metrics.gauge("level", "Settable")
        level.set(3)
        level.add(-0.5)
        let expected = ##"""
            # TYPE orderlog_orders counter
            # HELP orderlog_orders Orders by outcome
            orderlog_orders_total{outcome="confirmed"} 3
            orderlog_orders_total{outcome="re\"jec\\ted\n"} 1
            # TYPE request_seconds histogram
            # UNIT request_seconds seconds
            # HELP request_seconds Time\nto \"answer\"
            request_seconds_bucket{method="POST",path="/orders",le="0.01"} 1
            request_seconds_bucket{method="POST",path="/orders",le="1.0"} 2
            request_seconds_bucket{method="POST",path="/orders",le="+Inf"} 3
            request_seconds_count{method="POST",path="/orders"} 3
            request_seconds_sum{method="POST",path="/orders"} 5.03
            # TYPE waiting gauge
            # HELP waiting Requests that wait
            waiting 4.0
            # TYPE absent gauge
            # HELP absent Nothing now
            # TYPE lag gauge
            # HELP lag Records behind
            lag{topic="orders"} 7.0
            lag{topic="inventory"} +Inf
            # TYPE polls counter
            # HELP polls Kept elsewhere
            polls_total 12.0
            # TYPE level gauge
            # HELP level Settable
            level 2.5
            # EOF

            """##
        #expect(metrics.render() == expected)
    }

    @Test func anEmptyRegistryIsValid() {
        #expect(metrics.render() == "# EOF\n")
    }

    @Test func withoutLabelsTheSampleIsThereFromTheStart() {
        _ = metrics.counter("orders", "Orders")
        #expect(metrics.render().contains("\norders_total 0\n"))
    }

    @Test func theSameNameIsTheSameMetric() {
        metrics.counter("orders", "Orders").add(1)
        metrics.counter("orders", "Orders").add(2)
        #expect(metrics.render().contains("orders_total 3\n"))
        metrics.gauge("waiting", "w") { 1 }
        metrics.gauge("waiting", "w") { 2 }
        #expect(metrics.render().contains("waiting 2.0\n"))
        #expect(!metrics.render().contains("waiting 1.0\n"))
        for group in ["a", "b"] { metrics.gauge("lag", "Records behind", labels: ["group"]) { [([group], 3)] } }
        for group in ["a", "b"] { #expect(metrics.render().contains("lag{group=\"\(group)\"} 3.0\n")) }
    }

    @Test func labelValuesFromOutsideDoNotGrowForEver() {
        let paths = metrics.counter("requests", "Requests", labels: ["path"])
        for path in 0..<1500 { paths.add(1, "/\(path)") }
        paths.add(1, "/3")
        let text = metrics.render()
        #expect(text.split(separator: "\n").count == 1001 + 3)
        #expect(text.contains("requests_total{path=\"other\"} 500\n"))
        #expect(text.contains("requests_total{path=\"/3\"} 2\n"))
    }

    @Test func countsWhatManyTasksCount() async {
        let counter = metrics.counter("n", "Numbers", labels: ["parity"])
        let histogram = metrics.histogram("h", "Numbers", buckets: [10, 100])
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for number in 0..<1000 {
                        counter.add(1, number % 2 == 0 ? "even" : "odd")
                        histogram.observe(Double(number))
                    }
                }
            }
        }
        let text = metrics.render()
        #expect(text.contains("n_total{parity=\"even\"} 4000\n"))
        #expect(text.contains("n_total{parity=\"odd\"} 4000\n"))
        #expect(text.contains("h_bucket{le=\"10.0\"} 88\n"))
        #expect(text.contains("h_bucket{le=\"100.0\"} 808\n"))
        #expect(text.contains("h_count 8000\n"))
        #expect(text.contains("h_sum 3996000.0\n"))
    }
}
