/// The server's clock: the one that all replicas share.
package enum PostgreSQLClock {
    /// An expression: milliseconds since 1970, UTC, at the moment at which it is asked (not of the transaction's start).
    package static let now = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
}
