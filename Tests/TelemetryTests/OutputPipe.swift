import Synchronization
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A pipe for a sink to write into. Reading does not block; writing does, once 64 KiB are unread.
final class OutputPipe: Sendable {
    private let reading: Int32
    private let isReadingOpen = Atomic(true)
    let writing: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        reading = ends[0]
        writing = ends[1]
        _ = fcntl(reading, F_SETFL, O_NONBLOCK)
    }

    func makeWritingNonBlocking() {
        _ = fcntl(writing, F_SETFL, O_NONBLOCK)
    }

    func closeReading() {
        if isReadingOpen.exchange(false, ordering: .relaxed) { close(reading) }
    }

    /// Returns once nobody can read it: a child that is being started has the end, too, until it runs its program.
    func waitUntilBroken() {
        var entry = pollfd(fd: writing, events: 0, revents: 0)
        while poll(&entry, 1, 1) >= 0, entry.revents & Int16(POLLERR) == 0 {}
    }

    deinit {
        closeReading()
        close(writing)
    }

    /// What can be read now.
    func readAvailable() -> [UInt8] {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(reading, &buffer, buffer.count)
            guard count > 0 else { return result }
            result += buffer[..<count]
        }
    }

    struct NotEnough: Error {
        var lines: Int
        var last: [Substring]
    }

    /// Reads until `isEnough` says so of the whole lines that were read; throws when it does not within 50 s.
    func lines(until isEnough: ([Substring]) -> Bool) async throws -> [Substring] {
        let deadline = ContinuousClock.now + .seconds(50)
        var bytes: [UInt8] = []
        var lines: [Substring] = []
        while true {
            let new = readAvailable()
            if !new.isEmpty {
                bytes += new
                let whole = bytes[..<((bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1)]
                lines = String(decoding: whole, as: UTF8.self).split(separator: "\n")
            }
            if isEnough(lines) { return lines }
            guard ContinuousClock.now < deadline else {
                throw NotEnough(lines: lines.count, last: lines.suffix(3))
            }
            try? await Task.sleep(for: .milliseconds(1))
        }
    }
}
