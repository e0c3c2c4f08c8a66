import CMicroHTTPD
import Glibc

/// One request, from its request line to the end of its response.
///
/// `@unchecked Sendable`: only its loop's thread touches it; its task runs there too.
final class Transaction: @unchecked Sendable {
    private enum Phase {
        /// The head is not complete.
        case head
        case body
        /// The body is read and dropped, to give this answer where the client expects it.
        case discarding(HTTPResponse)
        /// Answered by hand; what the client still sends is dropped, so that a reset does not overtake the answer.
        case lingering
        case handling
        case answered(HTTPResponse)
        case sending
    }

    private static let lingeringTime: Duration = .seconds(5)

    private let connection: Connection
    private let arrival = ContinuousClock.now
    private let target: UnsafePointer<CChar>?
    private let targetBytes: [UInt8]
    private var phase = Phase.head
    private var method = ""
    private var head: RequestHead?
    private var route: HTTPRouter.Route?
    private var parameters: [String] = []
    private var body: [UInt8] = []
    private var bytesRead = 0
    private var maximumBody: Int
    private var task: Task<Void, Never>?
    private var isSuspended = false
    private var wasSuspended = false
    private var isOver = false
    private var statusByHand: Int?

    init(connection: Connection, target: UnsafePointer<CChar>?) {
        self.connection = connection
        self.target = target
        targetBytes = target.map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) } ?? []
        maximumBody = connection.loop.context.configuration.maximumBody
        connection.allow(connection.loop.context.configuration.headTimeout)
    }

    private var context: ServerContext { connection.loop.context }

    /// The library's handler: a first call for the head, calls with pieces of the body, a last call to answer.
    func advance(
        method: UnsafePointer<CChar>, version: UnsafePointer<CChar>, data: UnsafePointer<CChar>?, size: inout Int
    ) -> MHD_Result {
        switch phase {
        case .head:
            do throws(RequestHead.Fault) {
                return try readHead(method, version)
            } catch {
                return send(context.refusal(error.status, error.detail, []), closing: true)
            }
        case .body, .discarding, .lingering:
            guard size == 0 else {
                take(UnsafeRawBufferPointer(start: data, count: size))
                size = 0
                return .YES
            }
            return bodyEnded()
        case .answered(let response):
            return send(response)
        case .handling, .sending:
            return .NO
        }
    }

    // MARK: Head

    private func readHead(_ method: UnsafePointer<CChar>, _ version: UnsafePointer<CChar>) throws(RequestHead.Fault)
        -> MHD_Result
    {
        self.method = String(cString: method)
        let configuration = context.configuration
        let head = try RequestHead(
            of: connection.handle,
            line: .init(method: method, target: target, targetBytes: targetBytes, version: version),
            limit: configuration.maximumHead, memory: configuration.memoryPerConnection)
        self.head = head

        phase = .body
        switch context.router.match(head.method, head.target.segments) {
        case .route(let route, let parameters):
            self.route = route
            self.parameters = parameters
            maximumBody = route.maximumBody ?? maximumBody
            // Refused already here, its body takes no memory.
            if !route.isAlwaysTaken, context.isFull { phase = .discarding(context.tooManyWaiting()) }
        case .otherMethods(let methods):
            let list = methods.joined(separator: ", ")
            phase = .discarding(context.refusal(405, "the path takes \(list)", methods))
        case .nothing:
            phase = .discarding(context.refusal(404, "nothing is at \(head.target.path)", []))
        }
        return announceBody(head)
    }

    /// Decides by what the head says of the body whether to read it.
    private func announceBody(_ head: RequestHead) -> MHD_Result {
        guard head.hasBody else {
            connection.allowForEver()
            return .YES
        }
        connection.allow(context.configuration.bodyTimeout)
        let length = head.contentLength ?? 0
        if length > maximumBody {
            let refusal = tooLarge()
            // A client that waits for "100 Continue" has sent nothing yet.
            if head.expectsContinue { return send(refusal, closing: true) }
            answerByHand(refusal)
        } else if head.expectsContinue, case .discarding(let refusal) = phase {
            return send(refusal, closing: true)
        } else if case .body = phase {
            body.reserveCapacity(min(length, 65_536))
        }
        return .YES
    }

    // MARK: Body

    private func take(_ bytes: UnsafeRawBufferPointer) {
        if case .lingering = phase { return }
        bytesRead += bytes.count
        if bytesRead > maximumBody {
            answerByHand(tooLarge())
        } else if case .body = phase {
            body.append(contentsOf: bytes)
        }
    }

    private func bodyEnded() -> MHD_Result {
        connection.allowForEver()
        switch phase {
        case .body: return handle()
        case .discarding(let response): return send(response)
        default: return .NO
        }
    }

    private func tooLarge() -> HTTPResponse {
        context.refusal(413, "the body has more than \(maximumBody) bytes", [])
    }

    private func answerByHand(_ response: HTTPResponse) {
        phase = .lingering
        body = []
        statusByHand = response.status
        connection.allow(min(Self.lingeringTime, context.configuration.bodyTimeout))
        let isSent = Reply.send(response, over: connection.socket)
        shutdown(connection.socket, Int32(isSent ? SHUT_WR : SHUT_RDWR))
    }

    /// The client was too slow with its head or body.
    func timedOut() {
        switch phase {
        case .head, .body, .discarding:
            statusByHand = 408
            _ = Reply.send(context.refusal(408, "the request did not arrive in time", []), over: connection.socket)
        case .lingering, .handling, .answered, .sending: break
        }
    }

    // MARK: Handler

    private func handle() -> MHD_Result {
        guard let head, let route else { return .NO }
        guard route.isAlwaysTaken || context.admitRequest() else { return send(context.tooManyWaiting()) }
        let request = HTTPRequest(
            method: method, target: head.target.text, path: head.target.path, query: head.target.query,
            parameters: HTTPParameters(names: route.parameters, values: parameters), headers: head.headers, body: body,
            arrival: arrival, route: route.pattern)
        body = []
        phase = .handling
        connection.loop.taskBegan()
        let task = Task.immediate(executorPreference: connection.loop) { [self, handler = route.handler] in
            finish(await handler(request))
        }
        if case .answered(let response) = phase { return send(response) }
        self.task = task
        isSuspended = true
        wasSuspended = true
        MHD_suspend_connection(connection.handle)
        return .YES
    }

    private func finish(_ response: HTTPResponse) {
        connection.loop.taskEnded()
        if route?.isAlwaysTaken == false { context.requestHandled() }
        guard !isOver else { return }
        phase = .answered(response)
        if isSuspended { connection.loop.resumeSoon(self) }
    }

    func resume() {
        guard isSuspended else { return }
        isSuspended = false
        // A client that has closed its sending side would lose its answer when the library, back at work, first reads
        // the end of input. With a timeout of its own a connection is looked at later, and written to first.
        mhd_set_silence(connection.handle, context.configuration.silenceSeconds + 1)
        MHD_resume_connection(connection.handle)
    }

    /// Nobody waits for the answer any more.
    func cancel() {
        task?.cancel()
    }

    /// Whether the handler is at work and the library does not look at the connection.
    var isWaiting: Bool { isSuspended }

    var isReading: Bool {
        switch phase {
        case .head, .body, .discarding, .lingering: true
        case .handling, .answered, .sending: false
        }
    }

    // MARK: Response

    private func send(_ response: HTTPResponse, closing: Bool = false) -> MHD_Result {
        phase = .sending
        var response = response
        if !(200...599).contains(response.status) || !Reply.fits(response) {
            context.log(
                "HTTP: \(method) \(route?.pattern ?? "") was answered with status \(response.status) and "
                    + "\(response.headers.count) header fields, which can't be sent; the client got a 500")
            response = context.refusal(500, "the response could not be sent", [])
        }
        return Reply.queue(response, on: connection.handle, closing: closing || connection.loop.isDraining)
    }

    /// The library has sent the response, or gives the connection up.
    func completed() {
        if wasSuspended { mhd_set_silence(connection.handle, context.configuration.silenceSeconds) }
        over()
    }

    func over() {
        guard !isOver else { return }
        isOver = true
        connection.requestEnded()
        guard let observe = context.observe else { return }
        let status = statusByHand ?? Int(mhd_status(connection.handle))
        observe(
            HTTPExchange(
                method: method, route: route?.pattern, status: status == 0 ? 499 : status,
                duration: ContinuousClock.now - arrival))
    }
}
