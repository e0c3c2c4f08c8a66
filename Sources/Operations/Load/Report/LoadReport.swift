/// What came of a run, and whether all is as it must be.
package struct LoadReport: Sendable {
    /// What one process used in the measured time, until the last order was told.
    package struct Process: Sendable {
        package var pid: Int32
        package var name: String
        package var cpuMilliseconds: Int64
        package var resident: Int64
        /// The one that placed the orders.
        package var isLoad: Bool

        package init(pid: Int32, name: String, cpuMilliseconds: Int64, resident: Int64, isLoad: Bool) {
            self.pid = pid
            self.name = name
            self.cpuMilliseconds = cpuMilliseconds
            self.resident = resident
            self.isLoad = isLoad
        }
    }

    package var target: String
    package var rate: Double?
    package var connections: Int
    package var placed: Placed
    package var told: Told
    package var processes: [Process] = []
    package var findings: [Finding] = []

    package init(plan: LoadPlan, placed: Placed, told: Told) {
        target = plan.target.url
        rate = plan.rate
        connections = plan.connections
        self.placed = placed
        self.told = told
    }

    /// Shown of each histogram.
    static let parts: [(name: String, part: Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1),
    ]

    /// Orders accepted in the measured time, a second.
    package var acceptedPerSecond: Double {
        placed.elapsed > 0 ? Double(placed.measured.accepted) / (Double(placed.elapsed) / 1e9) : 0
    }

    package var seconds: Double { Double(placed.elapsed) / 1e9 }

    /// 0: every request was answered, with an order or because stock is short (409), and all that could be looked at holds; 1:
    /// not so.
    package var exitCode: Int32 {
        let isRefusedWell = placed.all.refused.keys.allSatisfy { $0.status == 409 }
        let isClean = placed.all.failures == 0 && isRefusedWell && placed.all.answered > 0
        return isClean && !findings.contains { $0.verdict == .disagrees } ? 0 : 1
    }

    func cpuAnOrder(_ process: Process) -> Int64 {
        placed.measured.accepted > 0 ? process.cpuMilliseconds * 1_000 / Int64(placed.measured.accepted) : 0
    }
}
