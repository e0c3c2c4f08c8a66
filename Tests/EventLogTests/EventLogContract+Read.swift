import EventLog
import Testing

extension EventLogContract {
    static let reading = [
        EventLogContract("a range is read as it stands, up to the limit and the end") { log in
            let topic = try await Contract.topic(log, partitions: 2)
            try await Contract.append(Contract.records(10, to: topic, partition: 1), to: log)
            func values(from offset: Int64, limit: Int) async throws -> [String] {
                Contract.values(try await log.read(topic: topic, partition: 1, from: offset, limit: limit))
            }
            #expect(try await values(from: 0, limit: 4) == ["0", "1", "2", "3"])
            #expect(try await values(from: 4, limit: 4) == ["4", "5", "6", "7"])
            #expect(try await values(from: 8, limit: 4) == ["8", "9"])
            #expect(try await values(from: 10, limit: 4) == [])
            #expect(try await values(from: 11, limit: 4) == [])
            #expect(try await values(from: 2, limit: 1) == ["2"])
            #expect(try await values(from: -5, limit: 1) == ["0"])
            #expect(try await log.read(topic: topic, partition: 0, from: 0, limit: 4).isEmpty)
            let record = try #require(try await log.read(topic: topic, partition: 1, from: 3, limit: 1).first)
            #expect(record.position == LogPosition(topic: topic, partition: 1, offset: 3))
        },
        EventLogContract("large records come by the page, and all of them") { log in
            let topic = try await Contract.topic(log)
            let records = (0..<40).map { number in
                LogRecord(
                    topic: topic, partition: 0, key: nil, value: [UInt8](repeating: UInt8(number), count: 300_000))
            }
            try await Contract.append(records, to: log)
            var read: [[UInt8]?] = []
            while read.count < records.count {
                let page = try await log.read(topic: topic, partition: 0, from: Int64(read.count), limit: 100)
                #expect((1...16).contains(page.count), "a few are asked for to see how large they are")
                guard !page.isEmpty else { break }
                read += page.map(\.value)
            }
            #expect(read == records.map(\.value))
        },
        EventLogContract("reading goes on where records were appended since") { log in
            let topic = try await Contract.topic(log)
            var read: [String] = []
            for round in 0..<5 {
                try await Contract.append(Contract.records(3, to: topic, from: 3 * round), to: log)
                read += Contract.values(
                    try await log.read(topic: topic, partition: 0, from: Int64(read.count), limit: 100))
                #expect(try await log.read(topic: topic, partition: 0, from: Int64(read.count), limit: 100).isEmpty)
            }
            #expect(read == (0..<15).map(String.init))
        },
        EventLogContract("reading what does not exist says so") { log in
            let missing = Contract.fresh("missing")
            let topic = try await Contract.topic(log)
            #expect(
                try await Contract.failure { _ = try await log.read(topic: missing, partition: 0, from: 0, limit: 1) }
                    == .unknownTopic)
            #expect(
                try await Contract.failure { _ = try await log.read(topic: topic, partition: 7, from: 0, limit: 1) }
                    == .unknownTopic)
            #expect(try await Contract.failure { _ = try await log.ranges(topic: missing) } == .unknownTopic)
            #expect(
                try await Contract.failure { _ = try await log.offset(topic: missing, partition: 0, at: 0) }
                    == .unknownTopic)
        },
        EventLogContract("a time finds the first record of then or later") { log in
            let topic = try await Contract.topic(log)
            let start: Int64 = 1_700_000_000_000
            let records = (0..<5).map { (index: Int64) in
                LogRecord(topic: topic, key: nil, value: nil, timestamp: start + 1000 * index)
            }
            try await Contract.append(records, to: log)
            func offset(at time: Int64) async throws -> Int64 {
                try await log.offset(topic: topic, partition: 0, at: time)
            }
            #expect(try await offset(at: 0) == 0)
            #expect(try await offset(at: start) == 0)
            #expect(try await offset(at: start + 1) == 1)
            #expect(try await offset(at: start + 3000) == 3)
            #expect(try await offset(at: start + 4001) == 5)
        },
        EventLogContract("ranges cover every partition") { log in
            let topic = try await Contract.topic(log, partitions: 3)
            try await Contract.append(Contract.records(4, to: topic, partition: 1), to: log)
            #expect(
                try await log.ranges(topic: topic) == [
                    PartitionRange(partition: 0, earliest: 0, end: 0),
                    PartitionRange(partition: 1, earliest: 0, end: 4),
                    PartitionRange(partition: 2, earliest: 0, end: 0),
                ])
        },
    ]
}
