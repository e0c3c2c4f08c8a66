import Identifiers
package import Inbox
import Pacing
package import Telemetry
package import Tracing

/// Delivers notifications, in batches, each sender's in a lane of their own.
///
/// A notification is claimed in the database before it is sent and marked after: when the claimant dies in between,
/// another takes it up when the claim ends, under the same id, which the sender takes for its idempotency key.
///
/// While it keeps up, what an event makes is stored as claimed and handed over in memory, and what was sent is noted by the
/// next transaction that receives events. What it can't take at once is queued, and claimed later.
package final class Deliverer: Sendable {
    /// Seconds, for what may wait for its turn first: as long as a claim is left when it comes.
    private static let claimAhead = Lane.claim + InHand.freshFor.components.seconds

    private let store: any NotificationStore
    private let lanes: [Lane]
    private let owner = Identifier.time()
    /// Nothing may wait for its turn any more.
    private let hasTime = WakeUp()
    /// How long events wait for the messages of earlier ones to be sent. A sender that takes longer stops nobody: what comes is queued.
    private let patience: Duration

    /// - Parameters:
    ///   - standing: says how many messages wait
    ///   - isShared: other replicas use the same store
    package init(
        store: any NotificationStore, standing: (any MessageStanding)? = nil, senders: [any NotificationSender],
        isShared: Bool = false, tracer: Tracer = .off,
        metrics: Metrics, logger: Logger, patience: Duration = .milliseconds(100)
    ) {
        self.store = store
        self.patience = patience
        let figures = DeliveryFigures(metrics)
        let (owner, hasTime) = (owner, hasTime)
        lanes = senders.map {
            Lane(
                $0, store: store, standing: standing, isShared: isShared, owner: owner, tracer: tracer,
                figures: figures, logger: logger,
                hasTime: hasTime)
        }
    }

    /// Delivers what was left from before at once.
    package func start() {
        for lane in lanes { lane.start() }
    }

    /// Something was queued.
    package func wake() {
        for lane in lanes { lane.wake() }
    }

    /// `NotificationStore.receive`, once those before are sent where that does not take long, and takes what it can of what that
    /// makes. One call at a time.
    package func receive(_ events: [ReceivedEvent], _ bookmarks: Bookmarks?) async throws -> HandledEvents {
        await becomeFree()
        let begun = ContinuousClock.now
        let parts = lanes.map { $0.beginReceiving(at: begun) }
        let notes = DeliveryNotes(
            owner: owner,
            rooms: ClaimRooms(zip(lanes, parts).map { ClaimRooms.OfChannels($0.sender.channels, $1.room) }),
            seconds: Self.claimAhead, finished: parts.flatMap(\.finished))
        do {
            let received = try await store.receive(events, bookmarks, notes)
            for lane in lanes {
                let channels = lane.sender.channels
                lane.received(
                    received.claimed.filter { channels.contains($0.channel) },
                    hasMore: !received.queued.isDisjoint(with: channels), begun: begun)
            }
            return received.handled
        } catch {
            for (lane, part) in zip(lanes, parts) { lane.receivingFailed(part.finished) }
            throw error
        }
    }

    private func becomeFree() async {
        let latest = ContinuousClock.now + patience
        while !lanes.allSatisfy(\.hasTimeForMore) {
            let left = latest - .now
            guard left > .zero else { return }
            await hasTime.wait(atMost: left)
        }
    }

    /// Ends after the batches in hand; gives back what else it has claimed.
    package func stop() async {
        await withTaskGroup { group in
            for lane in lanes { group.addTask { await lane.stop() } }
        }
        hasTime.signal()
    }

    var isStopping: Bool { lanes.contains(where: \.isStopping) }
    /// Whether all that was due is in hand.
    var hasCaughtUp: Bool { lanes.allSatisfy(\.hasCaughtUp) }
}
