import Dispatch
import Glibc
import HTTPServer
import Pacing
import Synchronization
import Telemetry

/// A server at a Unix socket. A server whose socket's file is removed goes on listening, and nobody finds it any more: the
/// file is looked for, and bound again.
final class SocketDoor: Sendable {
    private static let lookEvery: Duration = .seconds(10)

    private let path: String
    private let make: @Sendable () -> HTTPServer
    private let logger: Logger
    private let server: Mutex<HTTPServer>
    private let looking = BackgroundTask()
    /// Why it could not be bound again, as it was told last.
    private let told = Mutex<String?>(nil)

    /// Listens. Whoever opens it must be the only one in that folder: a socket that is there is replaced.
    init(
        at path: String, logger: Logger, _ make: @escaping @Sendable () -> HTTPServer
    ) throws(HTTPServerError) {
        let first = make()
        _ = try first.start()
        self.path = path
        self.make = make
        self.logger = logger
        server = Mutex(first)
        looking.start { [weak self] in
            while (try? await Task.sleep(for: Self.lookEvery)) != nil { await self?.look() }
        }
    }

    private func look() async {
        let rebound: Result<HTTPServer, HTTPServerError>? = await withCheckedContinuation { continuation in
            // A folder on a file server may not answer for a while: on a thread that may wait for it.
            DispatchQueue.global(qos: .utility).async { continuation.resume(returning: self.bindWhereGone()) }
        }
        switch rebound {
        case nil: told.withLock { $0 = nil }
        case .success(let new):
            let old = server.withLock { server in
                defer { server = new }
                return server
            }
            told.withLock { $0 = nil }
            logger.warning("the inside door's socket was removed, and is there again", ["at": path])
            await old.stop(within: .seconds(5))
        case .failure(let error):
            let text = "\(error)"
            let isNew = told.withLock { told in
                defer { told = text }
                return told != text
            }
            if isNew {
                logger.warning("the inside door's socket was removed, and can't be bound again", ["error": text])
            }
        }
    }

    /// nil: it is there.
    private func bindWhereGone() -> Result<HTTPServer, HTTPServerError>? {
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { return nil }
        let new = make()
        do throws(HTTPServerError) {
            _ = try new.start()
            return .success(new)
        } catch {
            return .failure(error)
        }
    }

    func close(within duration: Duration) async {
        await looking.stop()
        await server.withLock { $0 }.stop(within: duration)
        // Still under the lock of the folder's database, so it is ours.
        unlink(path)
    }
}
