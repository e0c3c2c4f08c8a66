package import EventLog
import Inbox

/// The dead letters of a log, and what became of them.
package struct DeadLetters: Sendable {
    private static let suffix = ".dlq"
    /// Bytes of the reason for which a letter is discarded.
    package static let reasons = 1...1_000
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
        var shelf = DeadLetterShelf(topic)
        while try await shelf.readOn(log) {}
        return shelf.letters
    }

    /// Letters of these topics, or of all, in the order of `dlq list`.
    ///
    /// - Parameters:
    ///   - error: those whose error has this in it; nil: all
    ///   - endedToo: those that wait no more as well
    package func selected(
        topics: [String] = [], error: String? = nil, endedToo: Bool = false
    ) async throws(EventLogError) -> [Letter] {
        var found: [Letter] = []
        for topic in topics.isEmpty ? try await self.topics() : topics {
            found += try await letters(of: topic).filter { letter in
                (endedToo || letter.end == nil) && (error.map(letter.says) ?? true)
            }
        }
        return found
    }

    /// The letters at these places, in the order of their topics. Throws a `ToolError` where there is none.
    package func letters(at places: [LogPosition]) async throws -> [Letter] {
        var found: [Letter] = []
        let places = Set(places)
        for topic in Set(places.map(\.topic)).sorted() {
            let own = places.filter { $0.topic == topic }
            let letters = try await letters(of: topic).filter { own.contains($0.place) }
            if let missing = own.subtracting(letters.map(\.place)).min(by: { $0.text < $1.text }) {
                throw ToolError("there is no dead letter at \(missing.text): `orderlog dlq list` names them")
            }
            found += letters
        }
        return found
    }

    /// Throws a `ToolError` where there is none.
    package func letter(at place: LogPosition) async throws -> Letter {
        // One place, one letter.
        try await letters(at: [place])[0]
    }

    /// Sends letters back to their groups, each once, and notes that on their topics. One that can't go back keeps no other:
    /// throws for the first at the end. So it does for the first that the log does not take; `done` learns of each that is
    /// on its way, `refused` of each that can't go. Cancelled, it stops between two batches.
    package func redrive(
        _ letters: [Letter], done: (Letter) -> Void, refused: (Letter, ToolError) -> Void = { _, _ in }
    ) async throws {
        var refusal: ToolError?
        var batch: [(letter: Letter, record: LogRecord)] = []
        for letter in letters {
            try Task.checkCancellation()
            do {
                batch.append((letter, try await record(of: letter)))
            } catch let error as ToolError {
                refused(letter, error)
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
        let letter = try await whole(letter)
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

    /// With its value, where that was left out. Throws a `ToolError` where it is not there any more.
    private func whole(_ letter: Letter) async throws -> Letter {
        guard letter.record.value == nil, letter.bytes > 0 else { return letter }
        let place = letter.place
        let found = try await log.read(topic: place.topic, partition: place.partition, from: place.offset, limit: 1)
        guard let record = found.first, record.position == place else {
            throw ToolError("\(place.text) is not there any more: it was kept as long as its topic keeps records")
        }
        var whole = letter
        whole.record = record
        return whole
    }
}
