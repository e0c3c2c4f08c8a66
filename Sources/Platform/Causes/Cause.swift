/// What brought a change about, as the change's events tell it.
package struct Cause: Sendable, Hashable {
    /// The W3C trace context of the request.
    package var traceparent: String?
    /// The same: what the receivers of its trace have to say to each other, as it came.
    package var tracestate: String?
    /// W3C baggage of the request. It goes on with calls; no event and no row has it, for anything may be in it.
    package var baggage: String?
    /// Who asked for it; nil where nobody was asked for a key, and where a service does it of itself.
    package var caller: CallerName?

    package init(
        traceparent: String? = nil, tracestate: String? = nil, baggage: String? = nil, caller: CallerName? = nil
    ) {
        self.traceparent = traceparent
        self.tracestate = tracestate
        self.baggage = baggage
        self.caller = caller
    }

    /// Of what nobody asked for, or nobody knows who did.
    package static let unknown = Cause()

    /// Of what several brought about together. The first one's trace stands for all; a caller, or baggage, is named only where each
    /// has that one, for otherwise it would be said to have done what others did.
    package init(of causes: some Collection<Cause>) {
        let first = causes.first
        self.init(
            traceparent: first?.traceparent, tracestate: first?.tracestate,
            baggage: causes.allSatisfy { $0.baggage == first?.baggage } ? first?.baggage : nil,
            caller: causes.allSatisfy { $0.caller == first?.caller } ? first?.caller : nil)
    }
}
