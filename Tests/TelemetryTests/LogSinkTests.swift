import ConnectionThreads
import Synchronization
import Testing

@testable import Telemetry

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite struct LogSinkTests {
    let pipe: OutputPipe

    init() throws {
        pipe = try OutputPipe()
    }

    private func logger(_ sink: LogSink, level: LogLevel = .debug, format: LogFormat = .text) -> Logger {
        Logger(service: "test", level: level, format: format, sink: sink)
    }

    /// The sum of the counts of the lines that tell of dropped ones.
    private func dropped(_ lines: [Substring]) -> Int {
        lines.filter { $0.contains("lines dropped") }
            .map { Int(String($0.split(separator: "count").last?.filter(\.isNumber) ?? "")) ?? 0 }
            .reduce(0, +)
    }

    @Test func writesWhatTheLevelLetsThrough() {
        let sink = LogSink(descriptor: pipe.writing)
        let logger = logger(sink, level: .notice)
        let evaluations = Atomic(0)
        logger.info("not even evaluated \(evaluations.add(1, ordering: .relaxed))")
        logger.notice("first", ["a": "1"])
        logger.with(service: "other").error("second")
        #expect(sink.flush(within: 50))
        let lines = String(decoding: pipe.readAvailable(), as: UTF8.self).split(separator: "\n")
        #expect(evaluations.load(ordering: .relaxed) == 0)
        #expect(lines.count == 2)
        #expect(lines.first?.hasSuffix("Z NOTE  test         first a=1") == true)
        #expect(lines.last?.hasSuffix("Z ERROR other        second") == true)
        sink.close()
    }

    @Test func theSilentLoggerIsSilent() async {
        Logger.silent.error("nobody hears this")
        #expect(!Logger.silent.isEnabled(.error))
        #expect(!Logger.silent.with(service: "x").isEnabled(.error))
        #expect(await Logger.silent.write(LogLines(["nor this"])))
    }

    @Test(.timeLimit(.minutes(1))) func aThreadThatMayWaitWritesItself() async throws {
        let sink = LogSink(descriptor: pipe.writing)
        let logger = logger(sink)
        while !sink.buffer.withLock(\.writerSleeps) { await Task.yield() }
        let work = WorkThread.start("test") {
            // More than the pipe takes.
            async let first = logger.write(LogLines([String(repeating: "x", count: 100_000)]))
            async let second = logger.write(LogLines(["second"]))
            let areWritten = await (first, second)
            #expect(areWritten.0 && areWritten.1)
        }
        while !sink.buffer.withLock(\.isLent) { await Task.yield() }
        logger.info("third")
        #expect(sink.buffer.withLock { $0.isLent && $0.writerSleeps })
        let lines = try await pipe.lines { $0.count >= 3 }
        #expect(lines.map(\.count).first == 100_000 && lines[1] == "second" && lines[2].hasSuffix("third"))
        await work.value
        sink.close()
        #expect(await !logger.write(LogLines(["nothing more"])))
    }

    @Test func linesOfManyTasksArriveWholeAndInTheOrderOfEach() async throws {
        let sink = LogSink(descriptor: pipe.writing)
        let logger = logger(sink)
        async let lines = pipe.lines { $0.count >= 4000 }
        await withTaskGroup { group in
            for task in 0..<8 {
                group.addTask { for step in 0..<500 { logger.info("m", ["task": "\(task)", "step": "\(step)"]) } }
            }
        }
        let whole = try await lines
        for task in 0..<8 {
            let steps = whole.filter { $0.contains(" task=\(task) ") }.map { $0.split(separator: "step=").last }
            #expect(steps == (0..<500).map { Substring(String($0)) })
        }
        sink.close()
    }

    @Test(arguments: LogFormat.allCases)
    func dropsAndCountsWhatNobodyReads(format: LogFormat) async throws {
        let sink = LogSink(descriptor: pipe.writing, capacity: 10_000)
        let logger = logger(sink, format: format)
        var total = 0
        // The log's thread may start late: then the pipe has room for what was kept of the first lines.
        repeat {
            for step in 0..<5_000 {
                logger.info("a line of some length so that the pipe fills up", ["step": "\(step)"])
            }
            total += 5_000
        } while sink.flush(within: 0.01) && total < 1_000_000
        #expect(total < 1_000_000)
        let lines = try await pipe.lines { [total] lines in
            dropped(lines) + lines.count { !$0.contains("lines dropped") } == total
        }
        #expect(dropped(lines) > 0 && logger.dropped == dropped(lines))
        logger.info("room again")
        #expect(try await pipe.lines { $0.count == 1 }.first?.contains("room again") == true)
        sink.close()
    }

    @Test func writeWaitsForRoomAndKeepsItsOrder() async throws {
        let sink = LogSink(descriptor: pipe.writing, capacity: 1000)
        let logger = logger(sink)
        for step in 0..<5000 { logger.info("a line of some length so that the pipe fills up", ["step": "\(step)"]) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for notice in 0..<20 {
                group.addTask { await sink.write(LogLines((0..<50).map { "notice \(notice) \($0)" })) }
            }
            let lines = try await pipe.lines { lines in lines.count { $0.hasPrefix("notice") } == 1000 }
            let notices = lines.filter { $0.hasPrefix("notice") }
            for start in stride(from: 0, to: 1000, by: 50) {
                let words = notices[start].split(separator: " ")
                #expect(notices[start..<start + 50].elementsEqual((0..<50).map { "notice \(words[1]) \($0)" }))
            }
            for try await isDone in group { #expect(isDone) }
        }
        #expect(sink.flush(within: 50))
        sink.close()
        #expect(await sink.write(LogLines(["too late"])) == false)
    }

    @Test func aBrokenPipeKillsNobodyAndIsOvercome() async throws {
        let broken = try OutputPipe()
        broken.closeReading()
        broken.waitUntilBroken()
        let sink = LogSink(descriptor: broken.writing)
        let logger = logger(sink)
        logger.info("lost")
        #expect(sink.flush(within: 50))
        #expect(await sink.write(LogLines(["lost too", "and this"])) == false)
        // The descriptor is mended, as when a full disk has room again.
        try #require(dup2(pipe.writing, broken.writing) >= 0)
        logger.info("found")
        #expect(sink.flush(within: 50))
        let lines = String(decoding: pipe.readAvailable(), as: UTF8.self).split(separator: "\n")
        #expect(dropped(lines) == 3)
        #expect(lines.count == 2)
        #expect(lines.last?.hasSuffix("found") == true)
        sink.close()
    }

    @Test func aDescriptorThatDoesNotBlockIsWaitedFor() async throws {
        pipe.makeWritingNonBlocking()
        let sink = LogSink(descriptor: pipe.writing)
        let logger = logger(sink)
        for step in 0..<5000 { logger.info("a line of some length so that the pipe fills up", ["step": "\(step)"]) }
        let lines = try await pipe.lines { $0.count >= 5000 }
        #expect(lines.last?.hasSuffix("step=4999") == true)
        sink.close()
    }
}

extension LogLines {
    init(_ lines: [String]) {
        self.init()
        for line in lines { Array(line.utf8).withUnsafeBytes { add("", $0) } }
    }
}
