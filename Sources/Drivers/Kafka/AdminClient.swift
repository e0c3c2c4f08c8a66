import CRdKafka
import Synchronization

/// One client of librdkafka, with its reader of partitions, and who uses it.
final class AdminClient: Sendable {
    let handle: KafkaHandle
    let reader: PartitionReader
    /// To ask what groups have committed.
    let groups = GroupClients()
    private let calls = Mutex(Calls())

    /// Who uses the client, and who waits for its end.
    private struct Calls {
        var running = 0
        var isClosing = false
        var hasEnded = false
        var isClosed = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    init(_ configuration: KafkaConfiguration, log: @escaping KafkaLogger) throws(KafkaError) {
        let native = try configuration.native(
            defaults: KafkaConfiguration.consumer,
            fixed: [
                "enable.auto.commit": "false", "enable.partition.eof": "true",
                // A partition that is opened waits for the fetch that asks for the others' next records: not for long.
                "fetch.wait.max.ms": "10",
                // What is fetched ahead of each partition that is read: a tool reads a dozen at once.
                "queued.max.messages.kbytes": "1024",
            ])
        let handle = try native.makeHandle(RD_KAFKA_CONSUMER, credentials: configuration.credentials, log: log)
        let reader = PartitionReader(handle)
        do throws(KafkaError) {
            try reader.start()
        } catch {
            handle.destroy()
            throw error
        }
        self.handle = handle
        self.reader = reader
    }

    var isClosing: Bool { calls.withLock { $0.isClosing } }

    /// Throws `closed` from `beginClosing` on.
    func enter() throws(KafkaError) {
        let isClosing = calls.withLock { calls in
            if !calls.isClosing { calls.running += 1 }
            return calls.isClosing
        }
        if isClosing { throw KafkaError(.closed) }
    }

    func leave() {
        calls.withLock { $0.running -= 1 }
        endIfUnused()
    }

    /// The client goes once the calls that are running have ended.
    func beginClosing() {
        calls.withLock { $0.isClosing = true }
        endIfUnused()
    }

    /// After `beginClosing`. Returns when the client is gone.
    func close() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isClosed = calls.withLock { calls in
                if !calls.isClosed { calls.closers.append(continuation) }
                return calls.isClosed
            }
            if isClosed { continuation.resume() }
        }
    }

    private func endIfUnused() {
        let mustEnd = calls.withLock { calls in
            guard calls.isClosing, calls.running == 0, !calls.hasEnded else { return false }
            calls.hasEnded = true
            return true
        }
        guard mustEnd else { return }
        reader.stop { [self] in
            groups.destroy()
            handle.destroy()
            let closers = calls.withLock { calls in
                calls.isClosed = true
                defer { calls.closers = [] }
                return calls.closers
            }
            for closer in closers { closer.resume() }
        }
    }
}
