/// The server's clock: the one that all replicas share.
package enum PostgreSQLClock {
    /// An expression: milliseconds since 1970, UTC, at the moment at which it is asked (not of the transaction's start).
    /// A query of its own, so that a statement asks once, and may look for the answer in an index.
    package static let now = "(SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint)"
}
