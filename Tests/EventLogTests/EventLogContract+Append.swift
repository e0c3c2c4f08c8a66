import EventLog
import Headers
import Testing

extension EventLogContract {
    static let appending = [
        EventLogContract("append answers positions in the order given") { log in
            let topic = try await Contract.topic(log)
            let positions = try await Contract.append(Contract.records(3, to: topic), to: log)
            #expect(positions == (0..<3).map { LogPosition(topic: topic, partition: 0, offset: $0) })
            #expect(try await Contract.append(Contract.records(1, to: topic), to: log).map(\.offset) == [3])
            #expect(await log.append([]).isEmpty)
        },
        EventLogContract("records of a partition keep the order given") { log in
            let topic = try await Contract.topic(log, partitions: 3)
            let records = (0..<300).flatMap { Contract.records(1, to: topic, partition: Int32($0 % 3), from: $0) }
            try await Contract.append(records, to: log)
            for partition: Int32 in 0..<3 {
                let read = try await log.read(topic: topic, partition: partition, from: 0, limit: 1000)
                let expected = stride(from: Int(partition), to: 300, by: 3).map(String.init)
                #expect(Contract.values(read) == expected)
                #expect(read.map(\.position.offset) == (0..<100).map(Int64.init))
            }
        },
        EventLogContract("any bytes, nulls, headers and timestamps come back as they were") { log in
            let topic = try await Contract.topic(log)
            let headers: RecordHeaders = [
                RecordHeader("a", "1"), RecordHeader("b", nil), RecordHeader("a", [0xFF, 0x00]),
                RecordHeader("c", [UInt8]()),
            ]
            let records = [
                LogRecord(topic: topic, key: [0xC0, 0x00], headers: headers, value: [0xFF, 0xFE, 0], timestamp: 1234),
                LogRecord(topic: topic, key: nil, value: nil, timestamp: 1_700_000_000_000),
                LogRecord(topic: topic, key: [], value: [], timestamp: 1_600_000_000_000),
            ]
            try await Contract.append(records, to: log)
            let read = try await log.read(topic: topic, partition: 0, from: 0, limit: 10)
            let consumed = try await Contract.consuming([topic], as: Contract.fresh("group"), of: log) { consumer in
                try await Contract.collect(3, from: consumer)
            }
            #expect(read == consumed)
            for (record, original) in zip(read, records) {
                #expect(record.key == original.key)
                #expect(record.headers == original.headers)
                #expect(record.value == original.value)
                #expect(record.timestamp == original.timestamp)
            }
            #expect(read.count == 3)
        },
        EventLogContract("a record without a timestamp gets the moment of the append") { log in
            let topic = try await Contract.topic(log)
            let earlier = LogRecord(topic: topic, key: nil, value: nil)
            try await Contract.append([earlier], to: log)
            let stamp = try #require(try await log.read(topic: topic, partition: 0, from: 0, limit: 1).first).timestamp
            // 2025 to 2100: milliseconds, not seconds or microseconds.
            #expect((1_735_000_000_000..<4_102_444_800_000).contains(stamp))
        },
        EventLogContract("keys go where Java's clients put them") { log in
            let topic = try await Contract.topic(log, partitions: 12)
            // Hashes from Apache Kafka's own UtilsTest.testMurmur2.
            let hashes: [(String, Int32)] = [
                ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
                ("a-little-bit-longer-string", -1_486_304_829), ("abc", 479_470_107),
                ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ]
            let records = hashes.map { LogRecord(topic: topic, key: Contract.text($0.0), value: nil) }
            let positions = try await Contract.append(records, to: log)
            #expect(positions.map(\.partition) == hashes.map { ($0.1 & 0x7FFF_FFFF) % 12 })
        },
        EventLogContract("a record that cannot be appended fails alone") { log in
            let topic = try await Contract.topic(log)
            let missing = LogRecord(topic: Contract.fresh("missing"), key: nil, value: nil)
            let outcomes = await log.append(
                Contract.records(1, to: topic) + [missing] + Contract.records(1, to: topic, from: 1))
            #expect(outcomes.count == 3)
            #expect(try outcomes[0].get().offset == 0)
            #expect(try await Contract.failure { _ = try outcomes[1].get() } == .unknownTopic)
            #expect(try outcomes[2].get().offset == 1)
        },
        EventLogContract("a record of 4 MiB passes, one of 40 MiB is refused") { log in
            let topic = try await Contract.topic(log)
            let large = [UInt8](repeating: 7, count: 4 << 20)
            try await Contract.append([LogRecord(topic: topic, key: nil, value: large)], to: log)
            #expect(try await log.read(topic: topic, partition: 0, from: 0, limit: 2).map(\.value) == [large])
            let tooLarge = LogRecord(topic: topic, key: nil, value: [UInt8](repeating: 7, count: 40 << 20))
            let outcome = try #require(await log.append([tooLarge]).first)
            #expect(try await Contract.failure { _ = try outcome.get() } == .refused)
        },
    ]
}
