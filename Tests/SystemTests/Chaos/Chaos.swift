import Foundation
import Synchronization
import TestBroker

/// Carries a plan out.
final class Chaos {
    static let seconds = ProcessInfo.processInfo.environment["CHAOS_SECONDS"].flatMap { Int($0) }
    static let seed = ProcessInfo.processInfo.environment["CHAOS_SEED"].flatMap { UInt64($0) }

    private let shop: Shop
    private let broker: TestBroker?
    private let plan: ChaosPlan
    private(set) var kills = 0
    private(set) var stalls = 0
    /// When a service was up again.
    private var restarts: [ContinuousClock.Instant] = []
    private var end = ContinuousClock.now
    /// Killed or stalled at present.
    private var down: Set<String> = []

    init(_ shop: Shop, _ broker: TestBroker?, seed: UInt64) {
        self.shop = shop
        self.broker = broker
        let targets = broker == nil ? ["order"] : ["order", "inventory", "notification", "broker"]
        plan = ChaosPlan(seed: seed, targets: targets, steps: 2_000)
    }

    /// Until the time is over; then everything is up and running.
    func run(for duration: Duration, _ watch: HeldStockWatch) async throws {
        end = ContinuousClock.now + duration
        // One task goes through all targets: what is due first comes first.
        var due: [(at: ContinuousClock.Instant, target: String, step: Int, isEnd: Bool)] = []
        for (target, steps) in plan.steps.sorted(by: { $0.key < $1.key }) {
            due.append((.now + steps[0].wait, target, 0, false))
        }
        while true {
            due.sort { $0.at < $1.at }
            var next = due.removeFirst()
            if next.at > end, !next.isEnd {
                if due.allSatisfy({ !$0.isEnd }) { return }
                continue
            }
            try? await Task.sleep(until: min(next.at, max(end, .now)), clock: .continuous)
            guard let steps = plan.steps[next.target] else { return }
            if next.isEnd {
                try await recover(next.target, steps[next.step].blow)
                down.remove(next.target)
                watch.services(areUp: down.isDisjoint(with: ["order", "inventory"]))
                next = (.now + steps[next.step + 1].wait, next.target, next.step + 1, false)
            } else {
                down.insert(next.target)
                watch.services(areUp: down.isDisjoint(with: ["order", "inventory"]))
                try await strike(next.target, steps[next.step].blow)
                if case .kill = steps[next.step].blow { watch.killed() }
                next = (.now + Self.length(steps[next.step].blow), next.target, next.step, true)
            }
            due.append(next)
        }
    }

    private static func length(_ blow: ChaosPlan.Blow) -> Duration {
        switch blow {
        case .kill(let down): down
        case .stall(let time): time
        }
    }

    private func strike(_ target: String, _ blow: ChaosPlan.Blow) async throws {
        switch blow {
        case .kill:
            kills += 1
            if target == "broker" { try await broker?.kill() } else { try await shop.processes[target]?.killNow() }
        case .stall:
            stalls += 1
            if target == "broker" { try await broker?.pause() } else { shop.processes[target]?.send(SIGSTOP) }
        }
    }

    private func recover(_ target: String, _ blow: ChaosPlan.Blow) async throws {
        switch (blow, target) {
        case (.stall, "broker"): try await broker?.resume()
        case (.stall, _): shop.processes[target]?.send(SIGCONT)
        case (.kill, "broker"): try await broker?.start()
        case (.kill, _):
            if shop.log == .embedded { try await shop.start() } else { try await shop.start(target) }
            if target != "notification" { restarts.append(.now) }
        }
    }

    /// The longest time from a restart of what orders need to the first order that was confirmed after it.
    func slowestRecovery(_ confirmed: [ContinuousClock.Instant]) -> Duration? {
        let confirmed = confirmed.sorted()
        return restarts.compactMap { restart in confirmed.first { $0 > restart }.map { $0 - restart } }.max()
    }
}
