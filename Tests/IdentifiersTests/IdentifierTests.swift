import Testing

@testable import Identifiers

@Suite struct IdentifierTests {
    @Test func textAndBytesGoBothWays() throws {
        let text = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
        let identifier = try #require(Identifier(text))
        let bytes: [UInt8] = [
            0x01, 0x7f, 0x22, 0xe2, 0x79, 0xb0, 0x7c, 0xc3, 0x98, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f,
        ]
        #expect(identifier.description == text)
        #expect(identifier.bytes == bytes)
        #expect(Identifier(bytes: bytes) == identifier)
        #expect(Identifier(text.uppercased()) == identifier)
        #expect(Identifier("id=\(text)".dropFirst(3)) == identifier)
        #expect(identifier.timeInMilliseconds == 1_645_557_742_000)
    }

    @Test func randomOnesGoBothWays() {
        for _ in 0..<10_000 {
            let identifier = Identifier(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max))
            #expect(Identifier(identifier.description) == identifier)
            #expect(Identifier(bytes: identifier.bytes) == identifier)
        }
    }

    @Test(arguments: [
        "", "017f22e2", "017f22e279b07cc398c4dc0c0c07398f", "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "017f22e27-9b0-7cc3-98c4-dc0c0c07398f",
        " 017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c0739é",
        "-17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "urn:uuid:017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
    ])
    func refuses(text: String) {
        #expect(Identifier(text) == nil)
    }

    @Test(arguments: [0, 15, 17, 32])
    func refusesOtherNumbersOfBytes(count: Int) {
        #expect(Identifier(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }

    @Test func aHashMakesVersionEight() {
        let zeros = Identifier.hashed([UInt8](repeating: 0, count: 32))
        #expect(zeros.description == "00000000-0000-8000-8000-000000000000")
        let ones = Identifier.hashed([UInt8](repeating: 255, count: 16))
        #expect(ones.description == "ffffffff-ffff-8fff-bfff-ffffffffffff")
        let counted = Identifier.hashed(Array(1...32))
        #expect(counted.description == "01020304-0506-8708-890a-0b0c0d0e0f10")
    }

    @Test func sortsAsItsTextDoes() {
        let identifiers = (0..<1000).map { _ in
            Identifier(high: .random(in: 0...3) << 62 | .random(in: 0...3), low: .random(in: 0 ... .max))
        }
        #expect(identifiers.sorted().map(\.description) == identifiers.map(\.description).sorted())
    }
}

@Suite struct TimeIdentifierTests {
    @Test func hasVersionVariantAndTheTime() {
        let before = Identifier.time()
        let text = Array(Identifier.time().description.utf8)
        #expect(text[14] == UInt8(ascii: "7"))
        #expect("89ab".utf8.contains(text[19]))
        #expect(before.timeInMilliseconds > 1_700_000_000_000)
    }

    @Test func growsAndNeverRepeatsOnOneThread() {
        var previous = Identifier.time()
        for _ in 0..<100_000 {
            let next = Identifier.time()
            guard next > previous else {
                Issue.record("\(next) does not follow \(previous)")
                return
            }
            previous = next
        }
    }

    @Test func growsOnEachOfManyTasksAndNeverRepeats() async {
        let all = await withTaskGroup(of: [Identifier].self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<5000).map { _ in Identifier.time() } }
            }
            return await group.reduce(into: [[Identifier]]()) { $0.append($1) }
        }
        #expect(all.allSatisfy { $0 == $0.sorted() })
        #expect(Set(all.joined()).count == 40_000)
        #expect(Set(all.joined().map(\.high)).count == 40_000)
    }

    @Test func aClockSetBackDoesNotTurnTheOrder() {
        let step = Identifier.nextStep(now: 1_000_000)
        #expect(Identifier.nextStep(now: step - 1000) > step)
        #expect(Identifier.nextStep(now: 0) > step)
    }
}
