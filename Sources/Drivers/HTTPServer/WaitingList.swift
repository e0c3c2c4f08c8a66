/// A loop's connections that wait for a request, the longest waiting first; each is its own link.
struct WaitingList {
    unowned(unsafe) private(set) var first: Connection?
    unowned(unsafe) private var last: Connection?

    mutating func append(_ connection: Connection) {
        guard !connection.isInWaitingList else { return }
        connection.isInWaitingList = true
        connection.waitingBefore = last
        connection.waitingAfter = nil
        if let last { last.waitingAfter = connection } else { first = connection }
        last = connection
    }

    mutating func remove(_ connection: Connection) {
        guard connection.isInWaitingList else { return }
        connection.isInWaitingList = false
        let before = connection.waitingBefore
        let after = connection.waitingAfter
        if let before { before.waitingAfter = after } else { first = after }
        if let after { after.waitingBefore = before } else { last = before }
        connection.waitingBefore = nil
        connection.waitingAfter = nil
    }

    /// The one to end for the sake of a new one: the longest idle, else the one that has been longest about its head.
    func dispensable(of client: ClientAddress?, inReserve: Bool) -> Connection? {
        var begun: Connection?
        var next = first
        while let connection = next {
            next = connection.waitingAfter
            guard connection.isReserved == inReserve, client == nil || connection.client == client else { continue }
            if connection.phase == .lingering || connection.isIdle { return connection }
            if begun == nil, !connection.pending.isEmpty { begun = connection }
        }
        return begun
    }
}
