import EventLog
import HTTPAPI
import HTTPServer
import JSON
import LogTools

/// Answers what is asked about dead letters.
struct LetterRoutes: Sendable {
    let log: PromptLog
    let book: LetterBook

    func add(to api: inout API) {
        api.on(LetterOperations.list) { call in
            var selection = LettersAnswer.Selection()
            selection.topic = call.query[LetterOperations.topic]
            selection.error = call.query[LetterOperations.error]
            selection.endedToo = call.query[LetterOperations.ended] == "true"
            let limit = call.query.number(LetterOperations.limit) ?? 100
            let answer = LettersAnswer(found: try await book.now(), selection: selection, limit: Int(limit))
            return await besideTheLoop { HTTPResponse.json(answer.json()) }
        }
        api.on(LetterOperations.redrive) { try await carryOut(Self.change($0, hasReason: false)) }
        api.on(LetterOperations.discard) { try await carryOut(Self.change($0, hasReason: true)) }
    }

    private func carryOut(_ change: LetterChange) async throws -> HTTPResponse {
        // What somebody else has done a moment ago is done no second time.
        book.changed()
        let found = try await book.now()
        guard found.isComplete else {
            throw Problem.logAway("There are many dead letters, which are being read.")
        }
        let late = Problem(
            .outcomeUnknown,
            detail: "The log did not say in time whether this was done. Look, before you ask for it again.")
        defer { book.changed() }
        return .json(
            try await log.ask(late: change.isDryRun ? .logAway("It does not answer in time.") : late) { log in
                try await change.json(change.carryOut(found, in: log))
            })
    }

    private static func text(_ json: inout JSONReader, _ limit: Int) throws -> String? {
        let text = try json.string()
        if let text, !(1...limit).contains(text.unicodeScalars.count) {
            json.note("must have 1 to \(limit) characters")
        }
        return text
    }

    private static func change(_ call: Call, hasReason: Bool) throws(Problem) -> LetterChange {
        try call.json { json in
            var change = LetterChange(verb: .redrive)
            var (places, isAll, reason) = ([LogPosition]?.none, false, String?.none)
            let isObject = try json.object { key, json in
                switch key {
                case "places":
                    places = []
                    _ = try json.array(count: 1...LetterChange.mostPlaces) { json in
                        guard let text = try json.string() else { return }
                        if let place = LogPosition(text) {
                            places?.append(place)
                        } else {
                            json.note("must be TOPIC/PARTITION:OFFSET, as the list has it")
                        }
                    }
                case "all": isAll = try json.bool() ?? false
                case "topic": change.selection.topic = try text(&json, 249)
                case "error": change.selection.error = try text(&json, 500)
                case "dry_run": change.isDryRun = try json.bool() ?? false
                case "why" where hasReason: reason = try json.string()
                default: try json.skip()
                }
            }
            guard isObject else { return nil }
            if hasReason {
                let length = reason?.utf8.count ?? 0
                if reason == nil {
                    _ = json.require(reason, "why")
                } else if !DeadLetters.reasons.contains(length) {
                    json.note("must have 1 to \(DeadLetters.reasons.upperBound) bytes", member: "why")
                }
                change.verb = .discard(why: reason ?? "")
            }
            if (places == nil) != isAll {
                json.note("must say which: places, or all, and not both")
            } else if places != nil, change.selection.topic != nil || change.selection.error != nil {
                json.note("topic and error select among all: leave them out beside places")
            }
            change.places = places
            return change
        }
    }
}
