import EventLog
import Events
import HTTPAPI
import HTTPServer
import Timestamps

/// Answers what is asked about the log.
struct LogRoutes: Sendable {
    private let log: PromptLog
    private let topics: SharedLook<[UInt8]>
    private let groups: SharedLook<[UInt8]>

    init(_ log: PromptLog) {
        self.log = log
        topics = SharedLook { try await log.ask { try await TopicsAnswer.find(in: $0).json() } }
        let own = [Topics.inventoryGroup, Topics.notificationGroup, Topics.stockAlertGroup]
        groups = SharedLook { try await log.ask { try await GroupsAnswer.find(in: $0, first: own).json() } }
    }

    func add(to api: inout API) {
        api.on(LogOperations.topics) { _ in .json(try await topics.value()) }
        api.on(LogOperations.groups) { _ in .json(try await groups.value()) }
        api.on(LogOperations.records) { call in
            let question = try Self.question(call)
            return .json(try await log.ask { try await LogPage.read(question, from: $0).json() })
        }
        api.on(LogOperations.record) { call in
            let place = try Self.place(call)
            let isWhole = call.query[LogOperations.whole] == "true"
            let found = try await log.ask { log in
                try await PlacedRecord.find(place, isWhole: isWhole, in: log)?.json()
            }
            guard let found else {
                throw Problem.notFound("record there; it may have been removed, or has yet to come")
            }
            return .json(found)
        }
    }

    private static func place(_ call: Call) throws(Problem) -> LogPosition {
        let numbers = "\(call.parameter("partition")):\(call.parameter("offset"))"
        guard let place = LogPosition("-/" + numbers) else {
            throw .notFound("such place; a partition and an offset are whole numbers")
        }
        return LogPosition(topic: try topic(call), partition: place.partition, offset: place.offset)
    }

    /// As Kafka names topics; those of its own begin with two underscores, and are nobody's to read.
    private static func topic(_ call: Call) throws(Problem) -> String {
        let name = call.parameter("topic")
        guard (1...249).contains(name.utf8.count), !name.hasPrefix("__"), name.utf8.allSatisfy(isOfName) else {
            throw .notFound("such topic")
        }
        return name
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func question(_ call: Call) throws(Problem) -> LogPage.Question {
        let query = call.query
        var question = LogPage.Question(topic: try topic(call))
        question.partition = query.number(LogOperations.partition).map { Int32(clamping: $0) }
        question.key = query[LogOperations.key]
        question.type = query[LogOperations.type]
        question.limit = query.number(LogOperations.limit).map { Int($0) } ?? question.limit
        let offset = query.number(LogOperations.offset)
        let time = query[LogOperations.time].flatMap { Timestamp(rfc3339: $0) }
        let places = query[LogOperations.at].flatMap { LogPage.places($0) }
        guard [offset != nil, time != nil, places != nil].count(where: \.self) < 2 else {
            throw .invalidField("offset", "goes with neither time nor at: each says where to begin")
        }
        if let offset {
            guard let partition = question.partition else {
                throw .invalidField("offset", "must have the partition that it is of beside it")
            }
            question.places = [partition: offset]
        } else {
            question.places = places
        }
        question.time = time
        let given = query[LogOperations.direction].flatMap { LogPage.Direction(rawValue: $0) }
        question.direction = given ?? (offset != nil || time != nil ? .on : .back)
        return question
    }
}
