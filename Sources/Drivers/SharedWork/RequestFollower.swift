/// Whoever follows one request through what it shares with others, such as a transaction.
package protocol RequestFollower: AnyObject, Sendable {
    /// Work that was done for this request and others is over. Told once, to the follower of the first part that has one; on
    /// whatever thread did it, so it must be quick.
    func ended(_ work: SharedWork)
}

/// The request that this task serves, where somebody follows it.
package enum FollowedRequest {
    @TaskLocal package static var follower: (any RequestFollower)?
}
