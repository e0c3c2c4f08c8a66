internal import Glibc
internal import Synchronization

/// An HTTP/1.1 server (RFC 9112), strict in what it takes; `docs/decisions/http-server.md` says why it is our own.
///
/// It has one thread per loop. A handler runs on the loop of its connection, from its start and after every `await`,
/// so it must not block. A server that was started has to be stopped.
package final class HTTPServer: Sendable {
    private enum State {
        case new
        case started([EventLoop])
    }

    private let context: ServerContext
    private let state = Mutex(State.new)

    /// - Parameters:
    ///   - refusal: renders what the server itself refuses: 400, 404, 405 (with the methods for `Allow`), 408, 413, 414,
    ///     431, 500, 501, 503, 505
    ///   - observe: hears of each request when it is over, on the loop's thread
    ///   - log: hears what an operator should know, seldom
    package init(
        configuration: HTTPServerConfiguration, router: HTTPRouter,
        refusal: @escaping @Sendable (_ status: Int, _ detail: String, _ allow: [String]) -> HTTPResponse,
        observe: (@Sendable (HTTPExchange) -> Void)? = nil, log: @escaping @Sendable (String) -> Void
    ) {
        context = ServerContext(
            configuration: configuration, router: router, refusal: refusal, observe: observe, log: log)
    }

    /// Connections that are open now.
    package var openConnections: Int { context.admission.count }

    /// Listens and serves.
    ///
    /// - Returns: the port; 0 for a Unix socket
    package func start() throws(HTTPServerError) -> Int {
        let configuration = context.configuration
        let listener = try Listener(configuration)
        do throws(HTTPServerError) {
            try start(on: listener.descriptor)
        } catch {
            close(listener.descriptor)
            throw error
        }
        if context.admission.maximum < configuration.maximumConnections {
            context.log(
                "HTTP: at most \(context.admission.maximum) connections, a quarter of the limit of open files")
        }
        return listener.port
    }

    private func start(on listener: Int32) throws(HTTPServerError) {
        try state.withLock { state throws(HTTPServerError) in
            guard case .new = state else { throw .alreadyStarted }
            var loops: [EventLoop] = []
            do throws(HTTPServerError) {
                for _ in 0..<max(1, context.configuration.loops) { loops.append(try EventLoop(context: context)) }
            } catch {
                for loop in loops { loop.discard() }
                throw error
            }
            for loop in loops { loop.siblings = loops }
            // The first loop, which deals out connections to the others, comes last.
            for (index, loop) in loops.enumerated().reversed() {
                let acceptor = index == 0 ? Acceptor(context: context, listener: listener, loops: loops) : nil
                do throws(HTTPServerError) {
                    try loop.start(acceptor: acceptor)
                } catch {
                    for started in loops[(index + 1)...] { _ = started.mailbox.post { $0.stopBefore = 0 } }
                    for other in loops[...index] { other.discard() }
                    throw error
                }
            }
            state = .started(loops)
        }
    }

    /// Accepts no more connections, ends the idle ones, lets those at work finish, with `Connection: close`, and cuts
    /// off what is left after `patience`: its handlers are cancelled, their answers dropped. Safe to call again.
    package func stop(within patience: Duration) async {
        guard case .started(let loops) = state.withLock({ $0 }) else { return }
        let deadline = monotonicNow() + patience.inNanoseconds
        // A client whose idle connection is ended opens another at once: by then nobody may be listening here.
        _ = loops[0].mailbox.post { $0.stopBefore = deadline }
        await loops[0].deaf.pass()
        for loop in loops.dropFirst() { _ = loop.mailbox.post { $0.stopBefore = deadline } }
        for loop in loops { await loop.ended.pass() }
    }
}
