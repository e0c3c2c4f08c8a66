@testable import Notifications

extension Set<Notification.Channel> {
    static let all = Set(Notification.Channel.allCases)
}

extension ClaimRooms {
    /// Of one lane with all channels.
    static func all(_ room: ClaimRoom) -> ClaimRooms { ClaimRooms([OfChannels(.all, room)]) }
}
