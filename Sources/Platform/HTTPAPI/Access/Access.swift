/// Who may call an operation where keys are asked for. Each operation declares it, so that none is open by being forgotten.
package enum Access: Sendable, Hashable {
    /// Everybody: it tells no more than that the service is there, and what can be asked of it.
    case open
    /// Who shows a key that has one of these scopes.
    case keys([Scope])
    /// The services and their operators, at the inside door.
    case inside
}

/// What a key is good for. A key may have several; none includes another.
package enum Scope: String, Sendable, Hashable, CaseIterable {
    /// Placing orders, and reading one by its id: a shop's own site.
    case place
    /// Everything else that changes something: staff, and the warehouse.
    case operate
    /// Everything that changes nothing.
    case read
}
