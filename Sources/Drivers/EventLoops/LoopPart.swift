/// What lives on an event loop: a server's connections, a client's calls. All of it is called on the loop's thread.
package protocol LoopPart: AnyObject {
    /// By when `turn` has to be called, in nanoseconds of the monotonic clock: 0 is at once, `.max` is never.
    var nextTurn: UInt64 { get }
    /// Whether the loop has to go on for it.
    var isBusy: Bool { get }
    /// Once in each turn of the loop, after descriptors and tasks.
    func turn()
    /// The loop has ended: nothing is called any more.
    func loopEnded()
}
