import Foundation
import TestProcess

/// A running broker under its watchdog: a shell that reads a pipe which only this process holds open. When the pipe
/// ends, because this process closed it or died in whatever way, the shell kills the broker.
final class BrokerProcess: Sendable {
    private let watchdog: ChildProcess
    private let pipe = Pipe()
    private let folder: URL
    /// The broker's process, and its process group.
    private let identifier: pid_t

    /// Formats the storage when that is needed. What the broker says goes to broker.log in its folder.
    private static let script = """
        set -m
        cd "$FOLDER" || exit 1
        exec 3<&0 </dev/null
        if [ ! -e log/meta.properties ]; then
            "$KAFKA_HOME/bin/kafka-storage.sh" format -t 5L6g3nShT-eMCtK--X86sw -c server.properties >format.log 2>&1 \
                || { cat format.log >broker.log; echo 0; exit 1; }
        fi
        : >broker.log
        "$KAFKA_HOME/bin/kafka-server-start.sh" server.properties >>broker.log 2>&1 3<&- &
        broker=$!
        echo $broker
        read -r verdict <&3
        kill -KILL -- -$broker 2>/dev/null
        wait $broker 2>/dev/null
        [ "$verdict" = keep ] || { cd / && rm -rf "$FOLDER"; }
        """

    /// Starts it; on a thread of its own, for formatting takes a second or two.
    static func launch(in folder: URL) async throws -> BrokerProcess {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try BrokerProcess(folder: folder) })
            }
        }
    }

    private init(folder: URL) throws {
        self.folder = folder
        watchdog = ChildProcess()
        watchdog.executableURL = URL(fileURLWithPath: "/bin/bash")
        watchdog.arguments = ["-c", Self.script]
        var environment = TestBroker.environment
        environment["FOLDER"] = folder.path
        environment["LOG_DIR"] = folder.appendingPathComponent("logs").path
        environment["KAFKA_HEAP_OPTS"] = "-Xms64m -Xmx256m"
        environment["KAFKA_JVM_PERFORMANCE_OPTS"] = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto"
        watchdog.environment = environment
        let output = Pipe()
        watchdog.standardInput = pipe
        watchdog.standardOutput = output
        // Another child of this process must not keep the pipe open.
        _ = fcntl(pipe.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        try watchdog.run()
        guard let line = String(data: output.fileHandleForReading.availableData, encoding: .utf8),
            let identifier = pid_t(line.split(separator: "\n").first ?? ""), identifier > 0
        else { throw TestBrokerError("Kafka's storage could not be formatted: \(Self.tail(of: folder))") }
        self.identifier = identifier
    }

    /// Returns when the broker takes requests; throws with the end of its log when it ends or 60 s have passed.
    func awaitReady() async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline, Foundation.kill(identifier, 0) == 0 {
            if Self.log(in: folder).contains("Kafka Server started") { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw TestBrokerError("Kafka did not start: \(Self.tail(of: folder))")
    }

    func signal(_ signal: Int32) throws {
        guard Foundation.kill(identifier, signal) == 0 else { throw TestBrokerError("the broker has died") }
    }

    /// True when each of its threads stands still.
    func standStill() async throws -> Bool { try await TestProcess.standStill(identifier) }

    /// Ends it and keeps its folder.
    func end(with signal: Int32) async throws {
        _ = Foundation.kill(identifier, signal)
        if signal == SIGTERM {
            let deadline = ContinuousClock.now + .seconds(30)
            // A child that has ended stays visible until the shell collects it: ask for its state, not for its name.
            while ContinuousClock.now < deadline, !Self.log(in: folder).contains("shut down completed") {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        try pipe.fileHandleForWriting.write(contentsOf: Data("keep\n".utf8))
        try pipe.fileHandleForWriting.close()
        while watchdog.isRunning { try await Task.sleep(for: .milliseconds(10)) }
    }

    private static func log(in folder: URL) -> String {
        (try? String(contentsOf: folder.appendingPathComponent("broker.log"), encoding: .utf8)) ?? ""
    }

    private static func tail(of folder: URL) -> String {
        log(in: folder).split(separator: "\n").suffix(20).joined(separator: "\n")
    }
}
