import Arguments
import Audit
import Foundation
import HTTPClient
import Load
import Progress
import ServiceLife
import Synchronization

/// One run of `orderlog load`, from the stock to the report.
struct LoadRun {
    let settings: LoadOptions
    let arguments: ParsedArguments
    /// Whether somebody pressed Ctrl-C.
    let stop: @Sendable () -> Bool

    func run() async throws -> Int32 {
        let http = HTTPClient(log: { _ in })
        let result: Result<LoadReport, any Error>
        do { result = .success(try await report(http)) } catch { result = .failure(error) }
        await http.close()
        let report = try result.get()
        if settings.json { printJSON(report.json()) } else { print(report.text) }
        if let path = settings.html { try write(report.html, to: path) }
        if let trouble = ToolOutput.trouble() { throw Failure(trouble) }
        return report.placed.wasStopped ? Stopped.exitCode : report.exitCode
    }

    private func report(_ http: HTTPClient) async throws -> LoadReport {
        let plan = settings.plan
        let shop = ShopCalls(
            orders: plan.target, inventory: settings.inventory, notification: settings.notification, key: settings.key,
            http: http)
        let progress = LoadProgress(plan)
        progress.say("looking after the stock of \(settings.products.count) products")
        defer { progress.end() }
        try await shop.fill(settings.products, units: settings.stock)
        let before = settings.inventory == nil ? [:] : try await shop.stock(of: settings.products)

        let pids = processes()
        let usedBefore = Mutex<[ProcessUse]>([])
        let placed = try await Load.run(
            plan, stop: stop, measuring: { usedBefore.withLock { $0 = Processes.use(of: pids) } },
            told: progress.show)
        progress.say("waiting until customers are told")
        let end = ContinuousClock.now + settings.settle
        await shop.waitUntilTold(placed.samples, until: end)
        let usedAfter = Processes.use(of: pids)

        let told = await shop.told(placed.samples, until: end)
        var report = LoadReport(plan: plan, placed: placed, told: told)
        report.processes = Self.used(from: usedBefore.withLock(\.self), to: usedAfter)
        progress.say("looking whether what was accepted is there")
        report.findings = await shop.findings(
            placed, plan, isMarked: settings.isMarked, before: before, samples: told, until: end)
        progress.end()
        report.findings.append(await audited())
        return report
    }

    private func processes() -> [Int32] {
        let local = [settings.plan.target, settings.inventory, settings.notification].compactMap(\.self)
            .filter { ["127.0.0.1", "localhost", "::1"].contains($0.host) }
        var pids = Processes.listening(at: Set(local.map(\.port)))
        for pid in settings.pids + [getpid()] where !pids.contains(pid) { pids.append(pid) }
        return pids
    }

    private static func used(from before: [ProcessUse], to after: [ProcessUse]) -> [LoadReport.Process] {
        let began = Dictionary(before.map { ($0.pid, $0.cpuMilliseconds) }, uniquingKeysWith: { $1 })
        return after.map { use in
            LoadReport.Process(
                pid: use.pid, name: use.name, cpuMilliseconds: max(0, use.cpuMilliseconds - began[use.pid, default: 0]),
                resident: use.resident, isLoad: use.pid == getpid())
        }
    }

    /// What `orderlog audit` says of databases and log, published events among them.
    private func audited() async -> Finding {
        guard settings.audits else {
            return Finding("published", .unknown, "what was told had been published; say --data for databases and log")
        }
        do {
            let report = try await AuditCommand.audit(
                arguments, republish: nil, patience: .seconds(Audit.patience))
            let counts = "\(report.wrong) wrong, \(report.inFlight) in flight, \(report.unknown) unknown"
            switch report.exitCode {
            case 0: return Finding("audit", .holds, "databases and log agree")
            case 1: return Finding("audit", .disagrees, "databases and log disagree (\(counts)): see orderlog audit")
            default: return Finding("audit", .unknown, counts)
            }
        } catch {
            return Finding("audit", .unknown, "\(error)")
        }
    }

    private func write(_ html: String, to path: String) throws {
        do { try Data(html.utf8).write(to: URL(fileURLWithPath: path)) } catch {
            throw Failure("\(path) can't be written: \(error.localizedDescription)")
        }
    }
}

/// Runs `body` with a question that is answered true once Ctrl-C, or SIGTERM, came.
func withStop(
    _ shutdown: ShutdownSignal, _ body: (@escaping @Sendable () -> Bool) async throws -> Int32
) async throws -> Int32 {
    final class Flag: Sendable { let isSet = Atomic(false) }
    let flag = Flag()
    shutdown.isAwaited = true
    let watch = Task {
        await shutdown.wait()
        flag.isSet.store(true, ordering: .relaxed)
    }
    defer { watch.cancel() }
    return try await body { flag.isSet.load(ordering: .relaxed) }
}
