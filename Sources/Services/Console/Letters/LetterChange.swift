import EventLog
import HTTPAPI
import JSON
import JSONSchema
import LogTools

/// Redriving or discarding dead letters: those that are named, or all that wait and are selected. So many are done as a request has time
/// for; the answer says how many are left.
struct LetterChange: Sendable {
    enum Verb: Sendable {
        case redrive
        case discard(why: String)
    }

    /// Places that one request may name.
    static let mostPlaces = 1_000
    /// Letters that one request does.
    private static let most = 500
    /// Letters that are on their way at one time.
    private static let slice = 50
    /// Below `PromptLog.patience`.
    private static let mostTime: Duration = .milliseconds(1_500)

    var verb: Verb
    /// nil: all that wait and are selected.
    var places: [LogPosition]?
    var selection = LettersAnswer.Selection()
    var isDryRun = false

    /// One that was named, and not done.
    struct Skipped: Sendable, Hashable {
        var place: LogPosition
        var why: String
    }

    struct Outcome: Sendable {
        var done: [LogPosition] = []
        var skipped: [Skipped] = []
        /// Letters that are still to be done.
        var left = 0
        /// Why it ended early, where something was done before.
        var failure: String?
    }

    /// Which letters it is about, and which of those named are not done.
    private func chosen(_ found: LetterBook.Found) -> (letters: [DeadLetters.Letter], skipped: [Skipped]) {
        // Another application's letters are nobody's to end in one go: they are named one by one.
        guard let places else { return (found.letters.filter { selection.takes($0) && $0.state == .waits }, []) }
        let known = Dictionary(found.letters.map { ($0.place, $0) }, uniquingKeysWith: { $1 })
        var (letters, skipped): ([DeadLetters.Letter], [Skipped]) = ([], [])
        var seen: Set<LogPosition> = []
        for place in places where seen.insert(place).inserted {
            guard let letter = known[place] else {
                skipped.append(Skipped(place: place, why: "there is no dead letter here"))
                continue
            }
            switch letter.state {
            case .redriven: skipped.append(Skipped(place: place, why: "it was redriven already"))
            case .discarded: skipped.append(Skipped(place: place, why: "it was discarded already"))
            case .foreign where !isPossible(letter): skipped.append(Skipped(place: place, why: "no group put it there"))
            case .foreign, .waits: letters.append(letter)
            }
        }
        return (letters, skipped)
    }

    private func isPossible(_ letter: DeadLetters.Letter) -> Bool {
        if case .redrive = verb { return !letter.isForeign }
        return true
    }

    /// Throws an `EventLogError` where nothing was done.
    func carryOut(_ found: LetterBook.Found, in log: any EventLog) async throws -> Outcome {
        let (letters, skipped) = chosen(found)
        var outcome = Outcome()
        outcome.skipped = skipped
        outcome.left = letters.count
        guard !isDryRun else {
            outcome.done = letters.prefix(Self.most).map(\.place)
            return outcome
        }
        let end = ContinuousClock.now + Self.mostTime
        var rest = letters.prefix(Self.most)
        // Each request does some, however slow the log is.
        repeat {
            let slice = Array(rest.prefix(Self.slice))
            rest = rest.dropFirst(slice.count)
            do {
                try await act(on: slice, DeadLetters(log), &outcome)
            } catch let error as EventLogError {
                guard !outcome.done.isEmpty else { throw error }
                outcome.failure = "The log did not take the next one: try again."
                break
            }
        } while !rest.isEmpty && ContinuousClock.now < end
        outcome.left = letters.count - outcome.done.count - (outcome.skipped.count - skipped.count)
        return outcome
    }

    private func act(on letters: [DeadLetters.Letter], _ work: DeadLetters, _ outcome: inout Outcome) async throws {
        var (done, refused): ([LogPosition], [Skipped]) = ([], [])
        defer {
            outcome.done += done
            outcome.skipped += refused
        }
        do {
            switch verb {
            case .redrive:
                try await work.redrive(
                    letters, done: { done.append($0.place) },
                    refused: { refused.append(Skipped(place: $0.place, why: $1.description)) })
            case .discard(let reason):
                try await work.discard(letters, why: reason, done: { done.append($0.place) })
            }
        } catch is ToolError {
            // Each was told of by `refused`.
        }
    }

    func json(_ outcome: Outcome) -> [UInt8] {
        var json = JSONWriter(capacity: 4 << 10)
        json.object { json in
            json.field("dry_run", isDryRun)
            json.key("done")
            json.array { json in for place in outcome.done { json.string(place.text) } }
            json.key("skipped")
            json.array { json in
                for one in outcome.skipped {
                    json.object { json in
                        json.field("place", one.place.text)
                        json.field("why", one.why)
                    }
                }
            }
            json.field("left", outcome.left)
            json.field("failure", outcome.failure)
        }
        return json.finish()
    }

    static let schema = JSONSchema.named(
        "LettersChanged",
        .object([
            .required("dry_run", .boolean),
            .required(
                "done",
                .array(of: LettersAnswer.place).described(
                    "What was done; of a dry run what would be, the first \(most) of it.")),
            .required(
                "skipped",
                .array(of: .object([.required("place", LettersAnswer.place), .required("why", .text())])).described(
                    "What was named and not done, and why.")),
            .required(
                "left",
                .integer(0...Int64.max).described(
                    "Letters that are still to be done: ask again. Of a dry run all that would be.")),
            .required("failure", .text().orNull.described("Why it ended early, where something was done before.")),
        ]))

    static let example = """
        {"dry_run":false,"done":["orders.notification-service.dlq/0:3"],"skipped":[],"left":0,"failure":null}
        """
}
