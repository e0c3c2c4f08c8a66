/// The body that a request got when it was first made, and whether this is a repeat of it.
package struct FirstAnswer: Sendable, Hashable {
    package var body: [UInt8]
    /// Nothing was done for this request.
    package var isReplayed: Bool

    package init(body: [UInt8], isReplayed: Bool) {
        self.body = body
        self.isReplayed = isReplayed
    }
}
