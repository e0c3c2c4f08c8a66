/// How long a client may take. Each part of a request has a time of its own, counted from its beginning, however steadily the
/// client sends: its head, its body, and then the answer; so a whole request takes no longer than these together.
extension Connection {
    func begin() {
        allow(configuration.headTimeout)
        loop.waiting.append(self)
    }

    func allow(_ time: Duration) { allow(nanoseconds: time.inNanoseconds) }

    func allow(nanoseconds: UInt64) {
        deadline = loop.now + nanoseconds
        loop.sweep(by: deadline)
    }

    func allowForEver() { deadline = .max }

    /// The deadline is over.
    func cutOff() {
        switch phase {
        case .proxy: close()
        case .head where !hasBegun: close()
        case .head, .body: refuse(RequestFault(status: 408, detail: "the request did not arrive in time"))
        case .handling: allowForEver()
        case .sending, .streaming, .lingering, .closed: close()
        }
    }
}
