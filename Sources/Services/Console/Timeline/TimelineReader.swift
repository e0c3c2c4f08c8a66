import EventLog
import HTTPAPI
import HTTPClient
import HTTPServer
import Identifiers
import Shop
import Timestamps

/// Puts an order's story together, from those who each know a part of it. What can't be told is named in it, whatever the reason.
struct TimelineReader: Sendable {
    let neighbours: Neighbours
    let log: PromptLog
    let places: GroupPlaces
    let letters: LetterBook
    /// Messages of one order that are told; it has two for each step, and those that somebody asked for.
    private static let mostMessages = 200
    /// Seconds. Until then an event may be on its way to the log.
    private static let onItsWay = 2.0

    init(neighbours: Neighbours, log: PromptLog, letters: LetterBook) {
        self.neighbours = neighbours
        self.log = log
        self.letters = letters
        places = GroupPlaces(log)
    }

    /// Without the order service there is no story.
    func answer(_ call: Call, of id: Identifier) async throws -> HTTPResponse {
        let order = try await neighbours.ask(.order, "GET", "/orders/\(id)", for: call)
        guard order.status == 200 else { return order.passedOn }
        guard let steps = OrderSteps(order.body) else {
            throw Problem(500, detail: "The order service answered what can't be read.")
        }
        async let found = self.found(id, at: steps.steps.map(\.at))
        async let handled = self.handled()
        async let told = self.told(id, for: call)
        var timeline = Timeline(order: order.body, steps: steps.steps)
        if steps.unread > 0 {
            timeline.missing.append(
                Timeline.Missing(part: "order", detail: "\(steps.unread) of its steps can't be read."))
        }
        (timeline.found, timeline.missing) = await found.adding(to: timeline.missing)
        (timeline.handled, timeline.missing) = await handled.adding(to: timeline.missing)
        (timeline.messages, timeline.missing) = await told.adding(to: timeline.missing)
        return await besideTheLoop { [timeline] in HTTPResponse.json(timeline.json()) }
    }

    /// A part of the story, and what is missing of it.
    private struct Part<Value: Sendable>: Sendable {
        var value: Value
        var missing: Timeline.Missing?

        func adding(to others: [Timeline.Missing]) -> (Value, [Timeline.Missing]) {
            (value, others + [missing].compactMap(\.self))
        }
    }

    private func found(_ id: Identifier, at times: [Timestamp]) async -> Part<OrderRecords.Found> {
        func missing(_ detail: String) -> Timeline.Missing { Timeline.Missing(part: "log", detail: detail) }
        do throws(Problem) {
            let found = try await log.ask { try await OrderRecords(log: $0).find(id, at: times) }
            let now = Timestamp.now()
            let due = times.count { now.seconds(since: $0) > Self.onItsWay }
            guard found.events < due else { return Part(value: found) }
            return Part(
                value: found,
                missing: missing(
                    """
                    \(due - found.events) of its \(times.count) events are not on the log about the time of their step: they wait to be \
                    published, came long after it, or were removed.
                    """))
        } catch {
            return Part(value: OrderRecords.Found(), missing: missing(error.detail ?? error.title))
        }
    }

    private func handled() async -> Part<Timeline.Handled?> {
        func missing(_ detail: String) -> Part<Timeline.Handled?> {
            Part(value: nil, missing: Timeline.Missing(part: "groups", detail: detail))
        }
        do {
            async let places = places.now()
            let book = try await letters.now()
            guard book.isComplete else { return missing("There are many dead letters, which are being read.") }
            return Part(value: Timeline.Handled(places: try await places, letters: book.letters))
        } catch {
            return missing("The log did not say in time how far its readers are.")
        }
    }

    private func told(_ id: Identifier, for call: Call) async -> Part<[Timeline.Message]> {
        func missing(_ detail: String, _ messages: [Timeline.Message] = []) -> Part<[Timeline.Message]> {
            Part(value: messages, missing: Timeline.Missing(part: "messages", detail: detail))
        }
        do throws(Problem) {
            let answer = try await neighbours.ask(
                .notification, "GET", "/notifications/order/\(id)?limit=\(Self.mostMessages)", for: call)
            guard answer.status == 200 else { return missing("The notification service answered \(answer.status).") }
            guard let messages = OrderMessages(answer.body, most: Self.mostMessages) else {
                return missing("The notification service answered what can't be read.")
            }
            if messages.unread > 0 {
                return missing("\(messages.unread) of its messages can't be read.", messages.messages)
            }
            if messages.hasMore {
                return missing("It has more messages: the newest \(Self.mostMessages) are told.", messages.messages)
            }
            return Part(value: messages.messages)
        } catch {
            return missing(error.detail ?? error.title)
        }
    }
}
