import CLinux
import Glibc
import Synchronization

/// Places orders, on one thread and without blocking, so that it takes little of the machine that it measures.
///
/// At a rate every request has a moment at which it is due, whether or not the target keeps up, and its time counts from
/// there: a target that stands still for a second is seen in all requests of that second.
final class Placing {
    let plan: LoadPlan
    let prepared: PreparedRequests
    let requests: UnsafeMutableRawBufferPointer
    let address: Address
    private let stop: @Sendable () -> Bool
    private let told: (Placed) -> Void
    private let measuring: () -> Void

    let poll: Int32
    var connections: [Connection] = []
    /// Those with nothing to do, the last used last.
    var idle: [Int] = []
    var dice: Dice
    var placed: Placed
    var nextKey: UInt64 = 0
    /// Requests that were sent, or given up before they were.
    var taken = 0
    /// Of them, those of the warm-up.
    var takenToWarmUp = 0
    var now: UInt64 = 0
    private var begin: UInt64 = 0
    /// When the measured time begins, and when no more requests are due.
    var measureFrom: UInt64 = 0
    private var end: UInt64 = 0
    private var second: Placed.Second?
    private var secondEnd: UInt64 = 0
    private var secondLatency = LatencyHistogram()
    private var sweepAt: UInt64 = 0

    static let aSecond: UInt64 = 1_000_000_000
    /// How often it is looked for requests whose time is over.
    private static let sweep: UInt64 = 50_000_000
    static let pauseAfterFailure: UInt64 = 100_000_000

    /// `stop` is asked some twenty times a second; `measuring` is called when the warm-up is over; `told` hears what there is so
    /// far, once a second. All on the thread that runs it.
    init(
        _ plan: LoadPlan, at address: Address, stop: @escaping @Sendable () -> Bool,
        measuring: @escaping () -> Void, told: @escaping (Placed) -> Void
    ) throws(LoadFailure) {
        self.plan = plan
        self.address = address
        self.stop = stop
        self.told = told
        self.measuring = measuring
        dice = Dice(seed: plan.seed)
        placed = Placed(drafts: plan.drafts.count)
        prepared = PreparedRequests(plan.drafts, target: plan.target, headers: plan.headers, mark: plan.mark)
        requests = .allocate(byteCount: max(1, prepared.bytes.count), alignment: 8)
        requests.copyBytes(from: prepared.bytes)
        poll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard poll >= 0 else { throw LoadFailure("the system has no epoll: \(String(cString: strerror(errno)))") }
    }

    deinit {
        connections = []
        if poll >= 0 { close(poll) }
        requests.deallocate()
    }

    /// Blocks until all is over: the time, or the orders, and then the answers, within the deadline.
    func run() -> Placed {
        let longest = prepared.keyed.map(\.length).max() ?? 0
        connections = (0..<plan.connections).map { Connection(number: $0, longestRequest: longest) }
        idle = Array((0..<plan.connections).reversed())
        now = Self.clock()
        begin = now
        measureFrom = begin + plan.warmUp
        end = measureFrom + plan.duration
        placed.began = Self.wallMilliseconds()
        secondEnd = begin + Self.aSecond
        second = Placed.Second(number: -Int((plan.warmUp + Self.aSecond - 1) / Self.aSecond))
        let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 512)
        events.initialize(repeating: epoll_event())
        defer { events.deallocate() }
        var isOver = false
        var isMeasuring = false
        while true {
            now = Self.clock()
            if !isMeasuring, now >= measureFrom {
                isMeasuring = true
                measuring()
            }
            if now >= sweepAt {
                sweepAt = now + Self.sweep
                if !isOver, stop() {
                    isOver = true
                    placed.wasStopped = true
                    end = now
                }
                giveUpLate()
            }
            if now >= secondEnd { endSecond() }
            if !isOver { isOver = dispatch() }
            if isOver, !connections.contains(where: \.hasRequest) { break }
            let count = wait(events, isOver: isOver)
            now = Self.clock()
            for index in 0..<max(0, Int(count)) {
                let number = Int(events[index].data.u64)
                handle(connections[number], events[index].events)
            }
        }
        endSecond()
        if placed.elapsed == 0 || plan.rate == nil { placed.elapsed = Self.clock() - min(measureFrom, Self.clock()) }
        return placed
    }

    // MARK: - What is due

    /// When the n-th request is due.
    private func due(_ number: Int) -> UInt64 {
        guard let rate = plan.rate else { return now }
        return begin + UInt64(Double(number) / rate * Double(Self.aSecond))
    }

    /// Sends what is due and can be sent. True when there will be no more.
    private func dispatch() -> Bool {
        while true {
            let due = due(taken)
            if due >= end || hasAll(at: due) {
                if plan.rate != nil { placed.elapsed = min(due, end) - min(measureFrom, min(due, end)) }
                return true
            }
            guard due <= now else { return false }
            // Every connection was busy all the time that it had.
            if now - due > plan.deadline {
                take(due)
                fail(.unsent, isMeasured: due >= measureFrom)
                continue
            }
            guard let free = freeConnection() else { return false }
            take(due)
            begin(on: free, due: due)
        }
    }

    private func take(_ due: UInt64) {
        taken += 1
        if due < measureFrom { takenToWarmUp += 1 }
    }

    private func hasAll(at due: UInt64) -> Bool {
        guard let orders = plan.orders, due >= measureFrom else { return false }
        return taken - takenToWarmUp >= orders
    }

    private func freeConnection() -> Connection? {
        // Few are in their pause, and those are looked at once in a while.
        for place in idle.indices.reversed() where connections[idle[place]].closedUntil <= now {
            return connections[idle.remove(at: place)]
        }
        return nil
    }

    private func wait(_ events: UnsafeMutableBufferPointer<epoll_event>, isOver: Bool) -> Int32 {
        var until = min(sweepAt, secondEnd)
        if measureFrom > now { until = min(until, measureFrom) }
        if !isOver, plan.rate != nil, !idle.isEmpty { until = min(until, due(taken)) }
        let left = until > now ? until - now : 0
        var time = timespec(tv_sec: Int(left / Self.aSecond), tv_nsec: Int(left % Self.aSecond))
        return epoll_pwait2(poll, events.baseAddress, Int32(events.count), &time, nil)
    }

    // MARK: - Seconds

    func note(_ latency: UInt64?) {
        if let latency {
            second?.answered += 1
            secondLatency.record(latency)
        } else {
            second?.wrong += 1
        }
    }

    private func endSecond() {
        guard var ended = second else { return }
        ended.p50 = secondLatency.percentile(0.5)
        ended.p99 = secondLatency.percentile(0.99)
        ended.maximum = secondLatency.maximum
        placed.seconds.append(ended)
        second = Placed.Second(number: ended.number + 1)
        secondLatency.clear()
        while secondEnd <= now { secondEnd += Self.aSecond }
        told(placed)
    }

    static func clock() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * aSecond + UInt64(time.tv_nsec)
    }

    static func wallMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
