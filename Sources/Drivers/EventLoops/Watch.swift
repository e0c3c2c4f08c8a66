/// A descriptor that a loop watches, and who hears of it.
package final class Watch {
    package let descriptor: Int32
    /// As epoll names them: EPOLLIN and its like.
    package internal(set) var events: UInt32
    /// Called on the loop's thread, with what epoll reports.
    let changed: (UInt32) -> Void
    /// What epoll has reported already is not told any more.
    var isOver = false

    package init(_ descriptor: Int32, for events: UInt32, changed: @escaping (UInt32) -> Void) {
        self.descriptor = descriptor
        self.events = events
        self.changed = changed
    }
}
