/// How much of what is stored is claimed at once, as it is stored.
package struct ClaimRoom: Sendable, Hashable {
    package var count: Int
    /// Of recipients, subjects and bodies.
    package var bytes: Int

    package init(count: Int = 0, bytes: Int = 0) {
        self.count = count
        self.bytes = bytes
    }
}

/// The room of each lane.
package struct ClaimRooms: Sendable, Hashable {
    package struct OfChannels: Sendable, Hashable {
        package var channels: Set<Notification.Channel>
        package var room: ClaimRoom

        package init(_ channels: Set<Notification.Channel>, _ room: ClaimRoom) {
            self.channels = channels
            self.room = room
        }
    }

    private var lanes: [OfChannels]

    package init(_ lanes: [OfChannels]) { self.lanes = lanes }

    /// Whether there is room for it, which it then takes; nothing but what is queued needs any. One that does not fit closes its lane, so
    /// that none is sent before an earlier one.
    mutating func take(_ notification: Notification) -> Bool {
        guard notification.status == .queued,
            let lane = lanes.firstIndex(where: { $0.channels.contains(notification.channel) })
        else { return false }
        lanes[lane].room.count -= 1
        lanes[lane].room.bytes -= notification.size
        if lanes[lane].room.count >= 0, lanes[lane].room.bytes >= 0 { return true }
        lanes[lane].room = ClaimRoom()
        return false
    }
}
