internal import ConnectionThreads
package import Databases
package import Pacing
package import Telemetry

extension OpenDatabase {
    /// Seconds by which clocks may differ: as the alert has it.
    private static let mostOffset = 5.0

    /// Has metrics tell what each transaction that writes takes, and how far the clock is off, which is logged, too. `other`: what else
    /// knows that.
    package func tell(
        _ metrics: Metrics, by survey: Survey, clock other: @escaping @Sendable () -> Double = { 0 }, logger: Logger
    ) {
        let outage = Outage(
            logger, gone: "this machine's clock is off", back: "this machine's clock is right again")
        let offset = survey.follow(from: 0.0, isShared: false) { [clockOffset] in
            let (database, log) = (try await clockOffset(), other())
            let largest = abs(log) > abs(database) ? log : database
            if abs(largest) > Self.mostOffset {
                let seconds = Duration.seconds(abs(largest)).secondsText
                outage.failed(
                    "it is \(seconds) s \(largest > 0 ? "ahead of" : "behind") those of its database or its log's writers"
                )
            } else {
                outage.works()
            }
            return database
        }
        metrics.gauge(
            "orderlog_clock_offset",
            "How far this machine's clock is ahead of those of its database and its log's writers.",
            unit: "seconds"
        ) { [offset.now, other()].max { abs($0) < abs($1) } }
        let times = metrics.histogram(
            "orderlog_database", "What a transaction that writes takes: until it begins, in it, and to commit it.",
            unit: "seconds", labels: ["part"])
        let (wait, run, commit) = (times.series("wait"), times.series("run"), times.series("commit"))
        let sizes = metrics.batchSizes("commit")
        writes.set { one in
            wait.observe(one.wait / .seconds(1))
            run.observe(one.run / .seconds(1))
            commit.observe(one.commit / .seconds(1))
            sizes.observe(Double(one.writes))
        }
    }
}
