internal import EventLoops
internal import Glibc
internal import Synchronization

/// An HTTP/1.1 server (RFC 9112), strict in what it takes; `docs/decisions/http-server.md` says why it is our own.
///
/// It has one thread per loop. A handler runs on the loop of its connection, from its start and after every `await`,
/// so it must not block. A server that was started has to be stopped.
package final class HTTPServer: Sendable {
    private enum State {
        case new
        case started([ServerLoop])
    }

    /// Looks at a request when its head has come, on the loop's thread, so it must not block. What it answers is sent in the place
    /// of all else, once the body has come and was dropped; nil lets the request pass.
    package typealias Refuses = @Sendable (HTTPArrivingRequest) -> HTTPResponse?

    private let context: ServerContext
    private let state = Mutex(State.new)

    /// - Parameters:
    ///   - refusal: renders what the server itself answers
    ///   - refuses: is asked about every request that can be read, also one that has no route
    ///   - observe: hears of each request when it is over, on the loop's thread
    ///   - log: hears what an operator should know, seldom
    package init(
        configuration: HTTPServerConfiguration, router: HTTPRouter,
        refusal: @escaping @Sendable (HTTPRefusal) -> HTTPResponse,
        refuses: Refuses? = nil, observe: (@Sendable (HTTPExchange) -> Void)? = nil,
        log: @escaping @Sendable (String) -> Void
    ) {
        context = ServerContext(
            configuration: configuration, router: router, refusal: refusal, refuses: refuses, observe: observe,
            log: log)
    }

    /// Connections that are open now.
    package var openConnections: Int { context.admission.count }

    /// Requests that are with their handlers now; there are no more than `HTTPServerConfiguration.maximumWaiting`.
    package var waitingRequests: Int { context.waitingRequests }

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
            var loops: [ServerLoop] = []
            do throws(HTTPServerError) {
                for _ in 0..<max(1, context.configuration.loops) { loops.append(try ServerLoop(context: context)) }
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
                    for started in loops[(index + 1)...] { started.stop(before: 0) }
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
        loops[0].stop(before: deadline)
        await loops[0].deaf.pass()
        for loop in loops.dropFirst() { loop.stop(before: deadline) }
        for loop in loops { await loop.ended.pass() }
    }
}
