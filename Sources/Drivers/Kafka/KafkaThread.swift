import CRdKafka

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Threads of this module's own, for what blocks.
enum KafkaThread {
    /// Runs `body` on a new thread, which ends with it. `name` has at most 15 bytes. Throws where the system has no more
    /// threads: `body` is not run then.
    static func start(_ name: StaticString, _ body: @escaping @Sendable () -> Void) throws(KafkaError) {
        let box = Unmanaged.passRetained(Body(name: name, run: body))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let result = pthread_create(&thread, &attributes, runBody, box.toOpaque())
        pthread_attr_destroy(&attributes)
        guard result == 0 else {
            box.release()
            throw KafkaError(
                RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE,
                "the system refuses a thread: \(String(cString: strerror(result)))")
        }
    }

    /// Blocks this thread, which must be one of these.
    static func pause(milliseconds: UInt32) {
        usleep(milliseconds * 1_000)
    }

    /// Runs `body`, which may block, on a thread of its own and waits for it without blocking this one.
    static func run<Value: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable () throws(KafkaError) -> Value
    ) async throws(KafkaError) -> Value {
        let result: Result<Value, KafkaError> = await withCheckedContinuation { continuation in
            do throws(KafkaError) {
                try start(name) {
                    let result = Result { () throws(KafkaError) in try body() }
                    continuation.resume(returning: result)
                }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        return try result.get()
    }

    private final class Body: Sendable {
        let name: StaticString
        let run: @Sendable () -> Void

        init(name: StaticString, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    #if canImport(Darwin)
        private static let runBody: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = { box in
            run(Unmanaged<Body>.fromOpaque(box).takeRetainedValue())
        }
    #else
        private static let runBody: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { box in
            box.flatMap { run(Unmanaged<Body>.fromOpaque($0).takeRetainedValue()) }
        }
    #endif

    private static func run(_ body: Body) -> UnsafeMutableRawPointer? {
        body.name.utf8Start.withMemoryRebound(to: CChar.self, capacity: body.name.utf8CodeUnitCount + 1) {
            kafka_name_thread($0)
        }
        body.run()
        return nil
    }
}
