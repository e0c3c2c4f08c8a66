/// What a consumer knows: records that wait, callers that wait, and how far each partition is. Knows nothing of
/// librdkafka; lives inside `ConsumerCore`'s lock.
struct ConsumerState {
    typealias Waiter = CheckedContinuation<Result<[KafkaMessage]?, KafkaError>, Never>

    /// How far a partition of ours is; all are offsets of the next record.
    struct Progress {
        /// To be taken from librdkafka. Older ones that come again after a pause are dropped.
        var expected: Int64 = -1
        /// To be handed out.
        var handedOut: Int64 = -1
        /// To be worked on after a restart.
        var stored: Int64 = -1

        var isInFlight: Bool { handedOut > stored }
    }

    enum Command {
        case pause([KafkaPartition])
        case resume([KafkaPartition])
        /// The answer to the question of this number: where to start.
        case assign(UInt64, [KafkaStart])
    }

    let prefetch: Int
    let prefetchedBytes = 8 << 20
    /// What partitions that are not paused have of it at least, however much is held of those that are.
    static let leastBytes = 1 << 20
    /// Of a caller's records; the one that goes beyond it is the last.
    static let batchBytes = 4 << 20

    private(set) var progress: [KafkaPartition: Progress] = [:]
    private var buffer: [KafkaMessage] = []
    private var bufferedBytes = 0
    /// What had been taken of a partition when it was paused.
    private var held: [KafkaPartition: [KafkaMessage]] = [:]
    private var heldBytes = 0
    private(set) var paused: Set<KafkaPartition> = []
    private var waiters: [(id: UInt64, limit: Int, continuation: Waiter)] = []
    private var error: KafkaError?
    private var lastWaiter: UInt64 = 0

    /// The partitions that were given to this member, while somebody is asked where to start.
    private var assigning: (number: UInt64, partitions: [KafkaPartition], question: Task<Void, Never>)?
    private var lastAssigning: UInt64 = 0

    var commands: [(Command, CheckedContinuation<Void, Never>)] = []
    /// Whether the thread waits for a caller to do something.
    var threadSleeps = false
    /// Whether librdkafka was told to fetch nothing, because nobody takes what has come.
    var isStalled = false
    var isClosing = false
    /// Whether the client is to be made anew.
    var mustRenew = false
    /// librdkafka's client is being destroyed, or gone.
    var hasEnded = false
    var isClosed = false
    var closers: [CheckedContinuation<Void, Never>] = []

    init(prefetch: Int) {
        self.prefetch = prefetch
    }

    /// How many more records may be taken from librdkafka.
    var room: Int { roomInBytes > 0 ? max(0, prefetch - buffer.count) : 0 }

    /// And how many bytes; the record that goes beyond it is the last.
    var roomInBytes: Int {
        min(max(prefetchedBytes - heldBytes, Self.leastBytes) - bufferedBytes, Self.batchBytes)
    }

    // MARK: callers

    mutating func makeWaiter() -> UInt64 {
        lastWaiter += 1
        return lastWaiter
    }

    /// Answers a caller now, or keeps it waiting.
    mutating func wait(_ id: UInt64, limit: Int, _ continuation: Waiter) -> [Answer] {
        waiters.append((id, limit, continuation))
        return answers()
    }

    mutating func cancel(_ id: UInt64) -> [Answer] {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return [] }
        return [Answer(waiters.remove(at: index).continuation, .success(nil))]
    }

    mutating func fail(_ error: KafkaError) -> [Answer] {
        self.error = error
        return answers()
    }

    mutating func beginClosing() -> [Answer] {
        isClosing = true
        (buffer, bufferedBytes, held, heldBytes) = ([], 0, [:], 0)
        return answers()
    }

    /// An outcome for a waiting caller; to be delivered outside the lock.
    struct Answer {
        private let continuation: Waiter
        private let result: Result<[KafkaMessage]?, KafkaError>

        init(_ continuation: Waiter, _ result: Result<[KafkaMessage]?, KafkaError>) {
            self.continuation = continuation
            self.result = result
        }

        func deliver() { continuation.resume(returning: result) }
    }

    /// Answers whoever can be answered.
    private mutating func answers() -> [Answer] {
        var answers: [Answer] = []
        while let waiter = waiters.first {
            if isClosing {
                answers.append(Answer(waiter.continuation, .success(nil)))
            } else if let error {
                self.error = nil
                answers.append(Answer(waiter.continuation, .failure(error)))
            } else if !buffer.isEmpty {
                answers.append(Answer(waiter.continuation, .success(take(waiter.limit))))
            } else {
                break
            }
            waiters.removeFirst()
        }
        return answers
    }

    private mutating func take(_ limit: Int) -> [KafkaMessage] {
        var size = 0
        let messages = Array(
            buffer.prefix(limit).prefix { message in
                defer { size += message.size }
                return size < Self.batchBytes
            })
        // At once: what is handed out is kept by nobody here.
        buffer.removeFirst(messages.count)
        for message in messages {
            bufferedBytes -= message.size
            progress[message.position, default: Progress()].handedOut = message.offset + 1
        }
        return messages
    }

    /// The offsets that are news: of partitions that are ours, and above what was stored.
    mutating func store(_ offsets: [KafkaPosition]) -> [KafkaPosition] {
        offsets.filter { offset in
            let partition = KafkaPartition(topic: offset.topic, partition: offset.partition)
            guard let known = progress[partition], known.stored < offset.offset else { return false }
            progress[partition]?.stored = offset.offset
            return true
        }
    }

    // MARK: the thread

    /// Takes in records from librdkafka.
    mutating func add(_ messages: [KafkaMessage]) -> [Answer] {
        for message in messages {
            let partition = message.position
            guard let known = progress[partition], known.expected <= message.offset else { continue }
            progress[partition]?.expected = message.offset + 1
            if paused.contains(partition) {
                hold(message)
            } else {
                append(message)
            }
        }
        return answers()
    }

    private mutating func hold(_ message: KafkaMessage) {
        held[message.position, default: []].append(message)
        heldBytes += message.size
    }

    private mutating func takeHeld(_ partition: KafkaPartition) -> [KafkaMessage] {
        let messages = held.removeValue(forKey: partition) ?? []
        heldBytes -= messages.reduce(0) { $0 + $1.size }
        return messages
    }

    private mutating func append(_ message: KafkaMessage) {
        buffer.append(message)
        bufferedBytes += message.size
    }

    var isAssigning: Bool { assigning != nil }

    /// `ask` begins the question of this number.
    mutating func beginAssigning(_ partitions: [KafkaPartition], ask: (UInt64) -> Task<Void, Never>) {
        lastAssigning += 1
        assigning = (lastAssigning, partitions, ask(lastAssigning))
    }

    /// The partitions that the answer of this number is about; nil for an answer that comes too late.
    mutating func endAssigning(_ number: UInt64) -> [KafkaPartition]? {
        guard let question = assigning, question.number == number else { return nil }
        assigning = nil
        return question.partitions
    }

    /// Nobody needs to know any more. Whether a question was open.
    @discardableResult mutating func cancelAssigning() -> Bool {
        assigning?.question.cancel()
        return assigning.take() != nil
    }

    /// They are read anew: what was paused before is not.
    mutating func assign(_ partitions: [KafkaPartition]) {
        progress = Dictionary(partitions.map { ($0, Progress()) }) { first, _ in first }
        paused = []
        (held, heldBytes) = ([:], 0)
        isStalled = false
    }

    /// Nothing more of these partitions is handed out. What was handed out may still be stored.
    mutating func revoke(_ partitions: Set<KafkaPartition>) {
        keep { !partitions.contains($0) }
        for partition in partitions { _ = takeHeld(partition) }
    }

    mutating func forget(_ partitions: Set<KafkaPartition>) {
        for partition in partitions { progress[partition] = nil }
    }

    func isInFlight(_ partitions: Set<KafkaPartition>) -> Bool {
        partitions.contains { progress[$0]?.isInFlight == true }
    }

    mutating func pause(_ partitions: [KafkaPartition]) {
        paused.formUnion(partitions)
        let paused = paused
        let waiting = buffer.filter { paused.contains($0.position) }
        keep { !paused.contains($0) }
        for message in waiting { hold(message) }
    }

    mutating func resume(_ partitions: [KafkaPartition]) -> [Answer] {
        paused.subtract(partitions)
        for partition in partitions {
            for message in takeHeld(partition) { append(message) }
        }
        return answers()
    }

    private mutating func keep(_ isWanted: (KafkaPartition) -> Bool) {
        buffer.removeAll { !isWanted($0.position) }
        bufferedBytes = buffer.reduce(0) { $0 + $1.size }
    }
}

extension KafkaMessage {
    /// The partition that it stands in.
    fileprivate var position: KafkaPartition { KafkaPartition(topic: topic, partition: partition) }
}
