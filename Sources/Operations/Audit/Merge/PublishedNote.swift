import Identifiers

/// A published row of the order service's outbox, sorted by its event.
struct PublishedNote: SortedRecord {
    var key: Identifier
    var position: Int64
}
