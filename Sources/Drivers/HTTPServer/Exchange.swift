import EventLoops

/// One request, from its head to the end of its answer.
///
/// `@unchecked Sendable`: only its loop's thread touches it; its task runs there too.
final class Exchange: @unchecked Sendable {
    /// Nanoseconds of the monotonic clock.
    private let arrival: UInt64
    private let context: ServerContext
    private let client: ClientAddress?
    /// One of the router's, or `_OTHER`: what is observed has no more values than were declared.
    private(set) var method = "_OTHER"
    private(set) var isHead = false
    private(set) var head: RequestHead?
    /// Of the request, once they are read.
    private(set) var headers: HTTPHeaders?
    /// nil for the whole route: then it is answered with `refusal` when its body has come.
    private(set) var route: HTTPRouter.Route?
    private var request: HTTPRequest?
    /// What is answered instead of asking a handler, also to OPTIONS.
    var refusal: HTTPResponse?
    private(set) var body: [UInt8] = []
    private var held = 0
    var chunks: ChunkedBody?
    /// Bytes of a body of known length that are to come.
    var left = 0
    private(set) var maximumBody: Int
    var response: HTTPResponse?
    private var task: Task<Void, Never>?
    private var isOver = false
    private var isHandled = false

    init(_ context: ServerContext, from client: ClientAddress?, since arrival: UInt64 = monotonicNow()) {
        self.context = context
        self.client = client
        self.arrival = arrival
        maximumBody = context.configuration.maximumBody
    }

    /// Looks up the route.
    func begin(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer) throws(RequestFault) {
        var head = head
        let methodText = String(decoding: bytes.part(head.method), as: UTF8.self)
        if let declared = context.router.methods.first(where: { $0 == methodText }) { method = declared }
        isHead = methodText == "HEAD"
        let target = try RequestTarget(head.target, in: bytes, method: head.method)
        if let authority = target.authority { try head.replaceHost(by: authority, bytes) }
        self.head = head
        let headers = HTTPHeaders(head.fields, in: bytes)
        self.headers = headers
        // What the server as a whole can do (RFC 9110, 9.3.7).
        if methodText == "OPTIONS", target.text == "*" {
            let methods = Set(context.router.methods + ["OPTIONS"]).sorted()
            refusal = context.refusal(HTTPRefusal(204, allow: methods, to: headers))
        } else {
            find(target, methodText, headers)
        }
        guard let refuses = context.refuses else { return }
        if let refused = refuses(HTTPArrivingRequest(route: route?.pattern, headers: headers, client: client)) {
            refusal = refused
        }
    }

    private func find(_ target: RequestTarget, _ methodText: String, _ headers: HTTPHeaders) {
        switch context.router.match(methodText, target.segments) {
        case .route(let route, let parameters):
            self.route = route
            maximumBody = route.maximumBody ?? maximumBody
            request = HTTPRequest(
                method: methodText, target: target.text, path: target.path, query: target.query,
                parameters: HTTPParameters(names: route.parameters, values: parameters),
                headers: headers, route: route.pattern, client: client)
        case .otherMethods(let methods) where methodText == "OPTIONS":
            refusal = context.refusal(HTTPRefusal(204, allow: methods, to: headers))
        case .otherMethods(let methods):
            let detail = "the path takes \(methods.joined(separator: ", "))"
            refusal = context.refusal(HTTPRefusal(405, detail, allow: methods, to: headers))
        case .nothing:
            refusal = context.refusal(HTTPRefusal(404, "nothing is at this path", to: headers))
        }
    }

    // MARK: Body

    /// Adds a piece of the body. What is held grows as bytes come, never by what is announced alone.
    func take(_ bytes: UnsafeRawBufferPointer) throws(RequestFault) {
        guard refusal == nil, !bytes.isEmpty else { return }
        let needed = body.count + bytes.count
        if needed > held {
            let announced = head?.contentLength ?? maximumBody
            let size = body.isEmpty ? needed : min(2 * needed, max(announced, needed))
            guard context.input.grow(from: held, to: size) else { throw .tooManyBytes }
            held = size
            body.reserveCapacity(size)
        }
        body.append(contentsOf: bytes)
    }

    /// - Returns: how many bytes were read
    func readChunks(_ bytes: UnsafeRawBufferPointer) throws(RequestFault) -> Int {
        try chunks?.read(bytes) { piece throws(RequestFault) in try take(piece) } ?? bytes.count
    }

    // MARK: Handler

    /// Starts the handler, here and now. `finished` is called when it ends later than this call.
    func handle(on loop: ServerLoop, finished: @escaping @Sendable () -> Void) {
        guard let route, var request else { return }
        guard route.isAlwaysTaken || context.admitRequest() else {
            response = context.tooManyWaiting(to: headers)
            return
        }
        isHandled = true
        request.body = body
        body = []
        self.request = nil
        loop.taskBegan()
        let task = Task.immediate(executorPreference: loop.thread) { [request] in
            let response = await route.handler(request)
            loop.taskEnded()
            if !route.isAlwaysTaken { self.context.requestHandled() }
            self.letGo()
            guard !self.isOver else {
                response.stream?.leave()
                return
            }
            self.response = response
            if self.task != nil { finished() }
        }
        if response == nil { self.task = task }
    }

    private func letGo() {
        context.input.release(held)
        held = 0
    }

    // MARK: The end

    /// Nobody waits for the answer any more.
    func cancel() {
        task?.cancel()
    }

    func end(status: Int) {
        guard !isOver else { return }
        isOver = true
        // What a handler still has is held until it ends.
        if task == nil || response != nil { letGo() }
        body = []
        context.observe?(
            HTTPExchange(
                method: method, route: route?.pattern, routeNumber: route?.number, status: status,
                unhandled: isHandled ? nil : response, client: client, nanoseconds: monotonicNow() - arrival))
    }
}
