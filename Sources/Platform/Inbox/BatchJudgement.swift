package import Identifiers

/// Which events of a batch are handled, when each is judged by what the service knows, in their order. An id is taken once.
/// One that was refused is free again for another event, as it is in a later batch: whoever copies the id of an honest event
/// does not keep that out.
package struct BatchJudgement<Event: Hashable & Sendable>: Sendable {
    private var refusedEvents: [Identifier: Set<Event>] = [:]
    private var takenIDs: Set<Identifier> = []
    /// The events to handle, in their order: each has an id of its own.
    package private(set) var taken: [Event] = []
    package private(set) var handled = HandledEvents()

    /// `fresh`: the ids that the caller's transaction has just entered in the inbox. `complaint` says why an event can't
    /// have happened, or takes it into account and answers nil.
    package init(
        _ events: [Event], id: (Event) -> Identifier, fresh: Set<Identifier>,
        complaint: (Event) throws -> String?
    ) rethrows {
        for (index, event) in events.enumerated() {
            let id = id(event)
            // A repeat is no news, of what was refused neither.
            guard fresh.contains(id), !takenIDs.contains(id), !(refusedEvents[id]?.contains(event) ?? false) else {
                handled.repeats += 1
                continue
            }
            if let reason = try complaint(event) {
                refusedEvents[id, default: []].insert(event)
                handled.refused.append(RefusedEvent(index: index, reason: reason))
            } else {
                takenIDs.insert(id)
                taken.append(event)
            }
        }
    }

    /// What the inbox is to know no more.
    package var withdrawn: Set<Identifier> { Set(refusedEvents.keys).subtracting(takenIDs) }
}
