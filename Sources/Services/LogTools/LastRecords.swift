package import EventLog
import Timestamps

/// Finds the last records of a selection, from the ends of its partitions backwards.
package enum LastRecords {
    /// How many can be asked for.
    package static let counts = 0...100_000
    /// Offsets that are looked at in one step.
    private static let step: Int64 = 500

    /// A record that is selected. Its content would be too much to keep.
    private struct Place {
        var offset: Int64
        /// Milliseconds since 1970.
        var time: Int64
    }

    /// The ends of the stretches in which the last `count` records of `selection` stand; all of them, where there are no more.
    package static func stretches(
        _ count: Int, of selection: LogSelection, in log: any EventLog
    ) async throws -> [LogSelection.Stretch] {
        var stretches = try await selection.stretches(of: log)
        // Of each, its last ones in their order.
        var places: [[Place]] = []
        for stretch in stretches { places.append(try await last(count, of: stretch, selection, log)) }
        for index in stretches.indices { stretches[index].from = max(stretches[index].from, stretches[index].to) }
        for _ in 0..<count {
            let next = places.indices.filter { !places[$0].isEmpty }.max {
                (places[$0].last?.time ?? 0) < (places[$1].last?.time ?? 0)
            }
            guard let next, let place = places[next].popLast() else { break }
            stretches[next].from = place.offset
        }
        return stretches
    }

    private static func last(
        _ count: Int, of stretch: LogSelection.Stretch, _ selection: LogSelection, _ log: any EventLog
    ) async throws -> [Place] {
        var found: [Place] = []
        var end = stretch.to
        while found.count < count, end > stretch.from {
            try Task.checkCancellation()
            let start = max(stretch.from, end - step)
            var places: [Place] = []
            var offset = start
            // A read ends early where records are large.
            while offset < end {
                let records = try await log.read(
                    topic: stretch.topic, partition: stretch.partition, from: offset, limit: Int(end - offset))
                guard let last = records.last else { break }
                places += records.filter { $0.position.offset < end && selection.matches($0) }
                    .map { Place(offset: $0.position.offset, time: $0.time.milliseconds) }
                offset = last.position.offset + 1
            }
            found = places + found
            end = start
        }
        return Array(found.suffix(count))
    }
}
