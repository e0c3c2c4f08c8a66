internal import Synchronization

/// A bucket of tokens for each of many clients, in a table that never grows: a request takes a token, and tokens come back at a
/// steady rate. There is no timer: a bucket is one number, the time at which it will be full (GCRA, the virtual scheduling of
/// ITU-T I.371).
///
/// A client has one place of four that its number leads to. Where all are taken by others, the fullest bucket there makes room:
/// the one that has been left alone for longest. Whoever comes back to a bucket that has made room finds a full one, so too small
/// a table lets clients through that it would have refused, and refuses nobody else.
package final class TokenBuckets: Sendable {
    private struct Place {
        /// 0: nobody.
        var client: UInt64 = 0
        /// When it is full, in nanoseconds; in the past: it is full.
        var fullAt: UInt64 = 0
    }

    /// Places with a lock of their own.
    private final class Shard: Sendable {
        let places: Mutex<[Place]>
        init(_ count: Int) { places = Mutex([Place](repeating: Place(), count: count)) }
    }

    private static let ways = 4
    private static let shardCount = 64
    private let shards: [Shard]
    private let setsPerShard: UInt64
    /// Nanoseconds in which a token comes back.
    private let interval: UInt64
    /// Nanoseconds in which an empty bucket is full.
    private let capacity: UInt64

    /// - Parameters:
    ///   - rate: tokens a second, 1 to 1,000,000
    ///   - burst: tokens in a full bucket, 1 at least
    ///   - clients: how many have a bucket at one time, in about; 16 bytes each
    package init(rate: Int, burst: Int, clients: Int = 16_384) {
        precondition((1...1_000_000).contains(rate) && burst >= 1, "a bucket has a rate and room")
        interval = 1_000_000_000 / UInt64(rate)
        capacity = interval * UInt64(burst)
        let sets = max(1, clients / Self.ways / Self.shardCount)
        setsPerShard = UInt64(sets)
        shards = (0..<Self.shardCount).map { _ in Shard(sets * Self.ways) }
    }

    /// Places in the table.
    package var count: Int { shards.reduce(0) { $0 + $1.places.withLock { $0.count } } }

    /// Takes a token.
    ///
    /// - Parameters:
    ///   - client: a number that is spread evenly, and that nobody can choose: a hash
    ///   - now: nanoseconds of the monotonic clock
    /// - Returns: nil: it was there. Else nanoseconds until there is one again.
    package func take(_ client: UInt64, now: UInt64) -> UInt64? {
        at(client) { places in
            let place = Self.place(of: client, in: &places) ?? Self.makeRoom(for: client, in: &places)
            return takeToken(&places[place], now)
        }
    }

    /// The same for a client that has been added; `.none` where it has not, or where it has made room.
    package func takeIfThere(_ client: UInt64, now: UInt64) -> Taken? {
        at(client) { places in
            guard let place = Self.place(of: client, in: &places) else { return nil }
            return takeToken(&places[place], now).map { .wait($0) } ?? .token
        }
    }

    package enum Taken: Sendable, Equatable {
        case token
        /// Nanoseconds.
        case wait(UInt64)
    }

    /// Gives a client a bucket, unless it has one.
    package func add(_ client: UInt64) {
        at(client) { places in
            if Self.place(of: client, in: &places) == nil { _ = Self.makeRoom(for: client, in: &places) }
        }
    }

    package func remove(_ client: UInt64) {
        at(client) { places in
            if let place = Self.place(of: client, in: &places) { places[place] = Place() }
        }
    }

    private func takeToken(_ place: inout Place, _ now: UInt64) -> UInt64? {
        let fullAt = max(place.fullAt, now) + interval
        guard fullAt - now <= capacity else { return fullAt - now - capacity }
        place.fullAt = fullAt
        return nil
    }

    private func at<Value>(_ client: UInt64, _ body: (inout ArraySlice<Place>) -> Value) -> Value {
        shards[Int(client % UInt64(Self.shardCount))].places.withLock { places in
            let first = Int(client / UInt64(Self.shardCount) % setsPerShard) * Self.ways
            return body(&places[first..<first + Self.ways])
        }
    }

    private static func place(of client: UInt64, in places: inout ArraySlice<Place>) -> Int? {
        places.indices.first { places[$0].client == client }
    }

    private static func makeRoom(for client: UInt64, in places: inout ArraySlice<Place>) -> Int {
        let fullest = places.indices.min { places[$0].fullAt < places[$1].fullAt } ?? places.startIndex
        places[fullest] = Place(client: client, fullAt: 0)
        return fullest
    }
}
