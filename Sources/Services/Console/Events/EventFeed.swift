import EventLog
import HTTPServer
import LogTools
import Synchronization
import Timestamps

/// Tells all who watch what comes on the log. However many they are, the log is read once, and only while there is one.
final class EventFeed: Sendable {
    /// Watchers at one time.
    static let most = 1_000
    /// Bytes that may wait for one of them. Who is further behind is cut off, and goes on by `Last-Event-ID`.
    private static let mostWaiting = 64 << 10
    private static let pause: Duration = .milliseconds(250)

    private struct Watcher {
        let stream: HTTPStream
        let selection: LogSelection
        /// Whether it may still look: its key may be revoked meanwhile, its session over.
        let isWelcome: @Sendable () -> Bool
        /// Still reading what came before it joined.
        var isCatchingUp: Bool
        /// What it was told already: records before these places are not told again. nil: none.
        var told: FeedPlaces?

        func wants(_ record: StoredRecord) -> Bool {
            let place = record.position
            if isCatchingUp || !selection.matches(record) { return false }
            return told?.next(place.topic, place.partition).map { $0 <= place.offset } ?? true
        }
    }

    private struct State {
        var watchers: [Int: Watcher] = [:]
        var last = 0
        /// nil: nobody watches, or it is not known yet.
        var places: FeedPlaces?
        var task: Task<Void, Never>?
        /// Counts the tasks: what one finds that has ended meanwhile is told to nobody.
        var turn = 0
        var isAway = false
    }

    private let log: PromptLog
    private let topics: [String]
    private let commentEvery: Int
    private let state = Mutex(State())

    /// - Parameter commentEvery: looks between two comments, which also find who may look no more; as usual fifteen seconds
    init(_ log: PromptLog, topics: [String], commentEvery: Int = 60) {
        self.log = log
        self.topics = topics
        self.commentEvery = commentEvery
    }

    /// How many watch now.
    var count: Int { state.withLock { $0.watchers.count } }
    /// How many of them still read what came before.
    var behind: Int { state.withLock { $0.watchers.values.count { $0.isCatchingUp } } }

    /// A watcher from now on, or from where another one ended. nil: there are too many.
    ///
    /// Throws a problem where the log can't be read.
    func join(
        key: String?, type: String?, topics wanted: [String], after: FeedPlaces?,
        isWelcome: @escaping @Sendable () -> Bool = { true }
    ) async throws -> HTTPStream? {
        guard count < Self.most else { return nil }
        let now = try await log.ask { [topics] log in try await Self.ends(of: topics, in: log) }
        let selection = LogSelection(topics: wanted, key: key, type: type)
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        let stream = HTTPStream(limit: Self.mostWaiting) { [weak self] in self?.leave(number) }
        let joined: FeedPlaces? = state.withLock { state in
            guard state.watchers.count < Self.most else { return nil }
            let places = state.places ?? now
            state.places = places
            state.watchers[number] = Watcher(
                stream: stream, selection: selection, isWelcome: isWelcome, isCatchingUp: after != nil)
            if state.task == nil {
                state.turn += 1
                let turn = state.turn
                state.task = Task { [weak self] in await self?.run(turn) }
            }
            return places
        }
        guard let joined else { return nil }
        stream.write(ServerSentEvent.hello(id: (after ?? joined).text))
        if let after { Task { await catchUp(number, stream, selection, from: after.within(now)) } }
        return stream
    }

    private func leave(_ number: Int) {
        state.withLock { state in
            state.watchers[number] = nil
            guard state.watchers.isEmpty else { return }
            state.task?.cancel()
            (state.task, state.places) = (nil, nil)
        }
    }

    /// Ends all of them.
    func close() {
        for watcher in state.withLock({ Array($0.watchers.values) }) { watcher.stream.end() }
    }

    private static func ends(of topics: [String], in log: any EventLog) async throws -> FeedPlaces {
        var places = FeedPlaces()
        for topic in try await log.existing(topics).sorted() {
            places.set(
                topic, try await log.ranges(topic: topic).sorted { $0.partition < $1.partition }.map(\.end))
        }
        return places
    }

    // MARK: - What comes

    private func run(_ turn: Int) async {
        var looks = 0
        while !Task.isCancelled {
            if let places = state.withLock({ $0.places }) {
                do {
                    let (records, ends) = try await news(behind: places)
                    noteAway(false)
                    tell(records, ends, turn)
                } catch {
                    noteAway(true)
                }
            }
            looks += 1
            if looks % commentEvery == 0 {
                endUnwelcome()
                tellAll(ServerSentEvent.comment)
            }
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// In the order of time, those of a partition in its own.
    private func news(behind places: FeedPlaces) async throws -> ([StoredRecord], FeedPlaces) {
        try await log.ask { [topics] log in
            var (records, ends) = ([StoredRecord](), places)
            for topic in try await log.existing(topics).sorted() {
                let ranges = try await log.ranges(topic: topic).sorted { $0.partition < $1.partition }
                // A topic that was made after somebody began to watch is told from its beginning.
                if places.topics[topic] == nil { ends.set(topic, ranges.map(\.earliest)) }
                for range in ranges {
                    guard var next = ends.next(topic, range.partition) else { continue }
                    // It was made anew.
                    guard next <= range.end else {
                        ends.pass(LogPosition(topic: topic, partition: range.partition, offset: range.end - 1))
                        continue
                    }
                    // What is kept no longer can be told to nobody.
                    if next < range.earliest {
                        next = range.earliest
                        ends.pass(LogPosition(topic: topic, partition: range.partition, offset: next - 1))
                    }
                    guard next < range.end else { continue }
                    let found = try await log.read(
                        topic: topic, partition: range.partition, from: next, limit: 200)
                    // Of what was removed, or says only how a transaction ended, nothing is read.
                    if found.isEmpty {
                        ends.pass(LogPosition(topic: topic, partition: range.partition, offset: range.end - 1))
                    }
                    records += found
                }
            }
            // Sorted by time, yet never against the order of a partition.
            var latest: [LogPartition: Int64] = [:]
            let keyed = records.enumerated().map { index, record in
                let time = max(record.time.milliseconds, latest[record.position.logPartition] ?? .min)
                latest[record.position.logPartition] = time
                return (time, index, record)
            }
            return (keyed.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2), ends)
        }
    }

    /// All at once, so that nobody joins between two records of it.
    private func tell(_ records: [StoredRecord], _ ends: FeedPlaces, _ turn: Int) {
        state.withLock { state in
            guard state.places != nil, state.turn == turn else { return }
            var places = ends
            for record in records {
                places.pass(record.position)
                let wanting = state.watchers.values.filter { $0.wants(record) }
                guard !wanting.isEmpty else { continue }
                let event = ServerSentEvent.record(LogRow(record, selected: true), id: places.text)
                for watcher in wanting { watcher.stream.write(event) }
            }
            state.places = places
        }
    }

    private func tellAll(_ event: [UInt8]) {
        for watcher in state.withLock({ Array($0.watchers.values) }) { watcher.stream.write(event) }
    }

    private func endUnwelcome() {
        for watcher in state.withLock({ Array($0.watchers.values) }) where !watcher.isWelcome() { watcher.stream.end() }
    }

    private func noteAway(_ isAway: Bool) {
        let isNews = state.withLock { state in
            defer { state.isAway = isAway }
            return state.isAway != isAway
        }
        if isNews { tellAll(ServerSentEvent.log(isAway ? "away" : "back")) }
    }

    // MARK: - What came before

    /// Tells a watcher what came since it left, at the pace at which it takes it, and then lets it join the others where it got to.
    private func catchUp(
        _ number: Int, _ stream: HTTPStream, _ selection: LogSelection, from start: FeedPlaces
    ) async {
        var places = start
        while state.withLock({ $0.watchers[number] != nil }) {
            if stream.waiting > Self.mostWaiting / 4 {
                try? await Task.sleep(for: .milliseconds(20))
                continue
            }
            guard let (records, ends) = try? await news(behind: places) else {
                try? await Task.sleep(for: Self.pause)
                continue
            }
            places = ends
            for record in records {
                places.pass(record.position)
                guard selection.matches(record) else { continue }
                // A page of news fits into what is left, mostly; where not, it waits.
                while stream.waiting > Self.mostWaiting / 2, state.withLock({ $0.watchers[number] != nil }) {
                    try? await Task.sleep(for: .milliseconds(20))
                }
                guard stream.write(ServerSentEvent.record(LogRow(record, selected: true), id: places.text))
                else { return }
            }
            if joined(number, at: places) { return }
            if records.isEmpty { try? await Task.sleep(for: Self.pause) }
        }
    }

    /// True: it is as far as the feed, or further, and hears of all that comes from now on.
    private func joined(_ number: Int, at places: FeedPlaces) -> Bool {
        state.withLock { state in
            guard let feed = state.places, feed.isReached(by: places) else { return false }
            state.watchers[number]?.told = places
            state.watchers[number]?.isCatchingUp = false
            return true
        }
    }
}
