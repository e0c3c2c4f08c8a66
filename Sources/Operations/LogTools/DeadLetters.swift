package import EventLog
import Inbox

/// The dead letters of a log, and what became of them.
package struct DeadLetters: Sendable {
    /// What can be done about a letter: `waits` to be redriven, was `redriven` or `discarded`, or is `foreign`: no group put it
    /// there.
    package enum State: String, Sendable {
        case waits
        case redriven
        case discarded
        case foreign
    }

    /// One dead letter, as its topic holds it.
    package struct Letter: Sendable, Hashable {
        package var record: StoredRecord
        /// What somebody has done with it; nil: nothing yet.
        package var end: End?

        package enum End: Sendable, Hashable {
            /// Sent back to its group, and it has not come back to this place.
            case redriven
            /// Left here for good, for this reason.
            case discarded(String)
        }

        /// Where it stands in the dead-letter topic: what tools know it by.
        package var place: LogPosition { record.position }
        /// No group put it there: there is nobody to send it back to.
        package var isForeign: Bool { Redrive.record(of: record) == nil }
        package var state: State {
            switch end {
            case .redriven: .redriven
            case .discarded: .discarded
            case nil: isForeign ? .foreign : .waits
            }
        }
        package var discardReason: String? { if case .discarded(let reason) = end { reason } else { nil } }
        package var error: String { record.header("dlq.error") ?? "" }
        /// Whether its error has this text in it, byte for byte: to Swift's String other bytes may be the same text.
        package func says(_ text: String) -> Bool { error.utf8.firstRange(of: text.utf8) != nil }
        package var group: String { record.header("dlq.group") ?? "" }
        /// What is missing of it, for it was too large; nil when it is whole.
        package var cut: String? {
            Redrive.cut(record).map {
                "\($0.missing); the original stands at \($0.original?.text ?? "an unknown place")"
            }
        }
        /// How often it was tried, all times together.
        package var attempts: Int { record.header("dlq.attempts").flatMap { Int($0) } ?? 0 }
        /// `orders/3:17`, where it failed first.
        package var origin: String {
            let names = ["dlq.topic", "dlq.partition", "dlq.offset"].map { record.header($0) ?? "?" }
            return "\(names[0])/\(names[1]):\(names[2])"
        }
    }

    private static let suffix = ".dlq"
    private static let page = 1_000
    /// Few enough for somebody to stop in between.
    private static let batch = 100
    private static let batchBytes = 8 << 20

    private let log: any EventLog

    package init(_ log: any EventLog) {
        self.log = log
    }

    /// The dead-letter topics, by name.
    package func topics() async throws(EventLogError) -> [String] {
        try await log.topics().map(\.name).filter { $0.hasSuffix(Self.suffix) }
    }

    /// Every letter of a topic, oldest first. Dead letters are few; they are kept in memory.
    package func letters(of topic: String) async throws(EventLogError) -> [Letter] {
        var letters: [Letter] = []
        for range in try await log.ranges(topic: topic) {
            var own: [Letter] = []
            var ends: [Int64: Letter.End] = [:]
            var offset = range.earliest
            while offset < range.end {
                let records = try await log.read(
                    topic: topic, partition: range.partition, from: offset, limit: Self.page)
                guard let last = records.last else { break }
                for record in records {
                    if let marked = Redrive.markedOffset(record) {
                        ends[marked] = Redrive.discardReason(record).map { .discarded($0) } ?? .redriven
                    } else {
                        own.append(Letter(record: record, end: nil))
                    }
                }
                offset = last.position.offset + 1
            }
            letters += own.map { Letter(record: $0.record, end: ends[$0.place.offset]) }
        }
        return letters
    }

    /// Throws a `ToolError` where there is none.
    package func letter(at place: LogPosition) async throws -> Letter {
        let letter = try await letters(of: place.topic).first { $0.place == place }
        guard let letter else {
            throw ToolError(
                "there is no dead letter at \(place.topic)/\(place.partition):\(place.offset): `orderlog dlq list` names them"
            )
        }
        return letter
    }

    /// Sends letters back to their groups, each once, and notes that on their topics. One that can't go back keeps no other:
    /// throws for the first at the end. So it does for the first that the log does not take; `done` learns of each that is
    /// on its way. Cancelled, it stops between two batches.
    package func redrive(_ letters: [Letter], done: (Letter) -> Void) async throws {
        var refusal: ToolError?
        var batch: [(letter: Letter, record: LogRecord)] = []
        for letter in letters {
            try Task.checkCancellation()
            do {
                batch.append((letter, try await record(of: letter)))
            } catch let error as ToolError {
                refusal = refusal ?? error
            }
            if batch.count == Self.batch || batch.reduce(0, { $0 + $1.record.size }) >= Self.batchBytes {
                try await send(batch, done: done)
                batch = []
            }
        }
        try await send(batch, done: done)
        if let refusal { throw refusal }
    }

    /// Notes on their topics that letters are not to be sent back, and why: they stay there, and nobody is told of them any more.
    /// Throws for the first that the log does not take; `done` learns of each that is noted.
    package func discard(_ letters: [Letter], why reason: String, done: (Letter) -> Void) async throws {
        var failure: EventLogError?
        for start in stride(from: 0, to: letters.count, by: Self.batch) {
            try Task.checkCancellation()
            let batch = letters[start..<min(start + Self.batch, letters.count)]
            let marks = batch.map { Redrive.mark(of: $0.record, discarded: reason) }
            for (letter, result) in zip(batch, await log.append(marks)) {
                switch result {
                case .success: done(letter)
                case .failure(let error): failure = failure ?? error
                }
            }
        }
        if let failure { throw failure }
    }

    private func send(_ batch: [(letter: Letter, record: LogRecord)], done: (Letter) -> Void) async throws {
        var failure: EventLogError?
        var sent: [Letter] = []
        for (letter, result) in zip(batch.map(\.letter), await log.append(batch.map(\.record))) {
            switch result {
            case .success: sent.append(letter)
            case .failure(let error): failure = failure ?? error
            }
        }
        // A crash before this redrives them once more, and the group's inbox makes that a no-op.
        for result in await log.append(sent.map { Redrive.mark(of: $0.record) }) {
            if case .failure(let error) = result { failure = failure ?? error }
        }
        for letter in sent { done(letter) }
        if let failure { throw failure }
    }

    /// What goes back. Of a cut letter it is the original, read where it stands; throws where that is not there any more.
    private func record(of letter: Letter) async throws -> LogRecord {
        var original: StoredRecord?
        if let cut = Redrive.cut(letter.record) {
            if let place = cut.original {
                original = try await log.read(
                    topic: place.topic, partition: place.partition, from: place.offset, limit: 1
                ).first
            }
            if let reason = Redrive.difference(original, fromOriginalOf: letter.record) {
                throw ToolError(
                    "\(letter.place.text) was cut (\(cut.missing)) and its original, \(cut.original?.text ?? "nowhere"), can't be sent back: \(reason)"
                )
            }
        }
        guard let record = Redrive.record(of: letter.record, original: original) else {
            throw ToolError("\(letter.place.text) has no dlq headers: it was not put there by a group")
        }
        return record
    }
}
