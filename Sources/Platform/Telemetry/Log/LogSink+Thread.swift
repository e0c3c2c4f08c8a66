import CLinux
import Dispatch
import Synchronization
import Timestamps

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension LogSink {
    /// Starts the thread that writes, where there is none. It keeps the sink alive until `close`. Whether there is one: the
    /// system may refuse it for now.
    private func startThread() -> Bool {
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let sink = Unmanaged.passRetained(self)
        guard pthread_create(&thread, nil, { LogSink.main($0) }, sink.toOpaque()) == 0 else {
            sink.release()
            return false
        }
        return true
    }

    /// Wakes the thread. Until the system gives one, lines wait, as far as there is room for them.
    func wakeThread() {
        isRunning.withLock { if !$0 { $0 = startThread() } }
        wakeUp.signal()
    }

    private static func main(_ sink: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        pthread_detach(pthread_self())
        _ = pthread_setname_np(pthread_self(), "log")
        // Signals go to other threads; a broken pipe is EPIPE here and kills nobody.
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_SETMASK, &signals, nil)
        if let sink { Unmanaged<LogSink>.fromOpaque(sink).takeRetainedValue().writeUntilClosed() }
        return nil
    }

    private func writeUntilClosed() {
        while true {
            let (chunk, isOver) = buffer.withLock { ($0.take(), $0.isOver) }
            if let chunk {
                write(chunk)
            } else if isOver {
                return
            } else {
                wakeUp.wait()
            }
        }
    }

    /// Writes what there is on the caller's thread, which may wait for the descriptor, where the sink's own sleeps.
    func writeHere() {
        guard let chunk = buffer.withLock({ $0.borrow() }) else { return }
        write(chunk)
        if buffer.withLock({ $0.giveBack() }) { wakeThread() }
    }

    /// Writes a chunk, with the lines that tell of what is missing before and behind it. What fails is counted and not
    /// tried again, so that a descriptor that is broken for good costs one call for each chunk.
    private func write(_ chunk: LogBuffer.Chunk) {
        let note = Self.note(chunk.lostBefore, chunk.format)
        let head = (chunk.followsCut ? [UInt8(ascii: "\n")] : []) + note
        let output = head + chunk.bytes + Self.note(chunk.droppedAfter, chunk.format)
        let written = writeAll(output)
        var (lost, unwritten) = (0, 0)
        if written < output.count {
            unwritten = chunk.bytes.dropFirst(max(0, written - head.count)).count { $0 == UInt8(ascii: "\n") }
            lost = (written < head.count ? chunk.lostBefore : 0) + unwritten + chunk.droppedAfter
        }
        let isCut = written == 0 ? chunk.followsCut : output[written - 1] != UInt8(ascii: "\n")
        buffer.withLock { $0.wrote(lost: lost, unwritten: unwritten, isCut: isCut) }
        for waiter in chunk.waiters { waiter(written == output.count) }
    }

    private static func note(_ count: Int, _ format: LogFormat) -> [UInt8] {
        guard count > 0 else { return [] }
        let fields: KeyValuePairs = ["count": String(count)]
        return LogLine(
            format, time: .now(), level: .warning, service: "log", message: "lines dropped", fields: fields
        ).bytes
    }

    /// How many bytes were written: all, or fewer after an error. A descriptor that does not block is waited for.
    private func writeAll(_ bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes { bytes in
            var position = 0
            while position < bytes.count {
                let count = systemWrite(descriptor, bytes[position...])
                if count > 0 {
                    position += count
                } else if count < 0, errno == EAGAIN {
                    var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&state, 1, -1)
                } else if count == 0 || errno != EINTR {
                    break
                }
            }
            return position
        }
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
    let rest = UnsafeRawBufferPointer(rebasing: bytes)
    return write(descriptor, rest.baseAddress, rest.count)
}
