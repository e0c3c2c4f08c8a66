import Foundation
import Testing

@testable import JSON

/// SplitMix64 (Steele, Lea, Flood 2014).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// What our reader takes, Foundation's must take too, and mean the same by it. (Not the other way round: Foundation takes
/// trailing commas, names that come twice, a BOM and more.)
@Suite struct MutationTests {
    static let documents: [[UInt8]] = [
        #"{"a":[1,-2.5,1e3],"é😀":"x\n\u00e9\ud83d\ude00"}"#, #"[true,false,null,{},[],"",{"a":{"b":[0]}}]"#,
        #" [ 12 , -0 , 9007199254740993 , 0.125 ] "#, #""plain text of some length \\ \" é""#,
        #"{"k":"v","l":"w","m":{"k":1}}"#,
        "-12", "true",
    ].map { Array($0.utf8) }

    static let alphabet =
        Array("{}[]\",:\\/ \t\n01259-+.eEunrtfalsbd'#\u{1}é😀\u{2028}".utf8) + [0x80, 0xC0, 0xED, 0xFF, 0x00]

    static func mutate(_ document: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = document
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let index = Int.random(in: 0...bytes.count, using: &generator)
            let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: bytes.insert(byte, at: index)
            case 1 where index < bytes.count: bytes.remove(at: index)
            case 2 where index < bytes.count: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 3 where index < bytes.count:
                let end = min(bytes.count, index + Int.random(in: 1...8, using: &generator))
                bytes.insert(contentsOf: bytes[index..<end], at: Int.random(in: 0...bytes.count, using: &generator))
            default: if index < bytes.count { bytes[index] = byte }
            }
        }
        return bytes
    }

    /// Whether Foundation's value is the same as ours.
    static func isEqual(_ tree: Tree, _ value: Any) -> Bool {
        switch tree {
        case .null: value is NSNull
        case .bool(let bool): (value as? Bool) == bool
        case .int(let number): (value as? NSNumber)?.int64Value == number
        case .number(let text): isClose((value as? NSNumber)?.doubleValue, Double(text))
        case .string(let text): (value as? String).map { $0.utf8.elementsEqual(text.utf8) } ?? false
        case .array(let elements):
            (value as? [Any]).map { $0.count == elements.count && zip(elements, $0).allSatisfy(isEqual) } ?? false
        case .object(let members):
            (value as? [String: Any]).map { other in
                other.count == members.count
                    && members.allSatisfy { name, member in other[name].map { isEqual(member, $0) } ?? false }
            } ?? false
        }
    }

    /// Foundation goes by way of its Decimal, which now and then rounds to the double beside the nearest.
    static func isClose(_ number: Double?, _ other: Double?) -> Bool {
        guard let number, let other else { return false }
        return abs(number - other) <= abs(number) * 1e-14
    }

    @Test func whatWeTakeFoundationTakes() async throws {
        let seed = ProcessInfo.processInfo.environment["JSON_MUTATION_SEED"].flatMap(UInt64.init) ?? 20_261_124
        print("JSON mutations: JSON_MUTATION_SEED=\(seed)")
        var generator = SeededGenerator(state: seed)
        var accepted = 0
        for count in 0..<200_000 {
            // Seconds of work: the others have their turn.
            if count % 1_000 == 0 { await Task.yield() }
            let document = Self.mutate(Self.documents[count % Self.documents.count], &generator)
            guard let tree = try? Tree.read(document) else { continue }
            accepted += 1
            let text = String(decoding: document, as: UTF8.self)
            guard let value = try? JSONSerialization.jsonObject(with: Data(document), options: .fragmentsAllowed) else {
                // JSON by its grammar, but Foundation holds no such number.
                let isHuge = text.contains(/[eE][+]?[0-9]{3}/)
                #expect(isHuge, "\(text.debugDescription)")
                continue
            }
            let isEqual = Self.isEqual(tree, value)
            #expect(isEqual, "\(text.debugDescription): \(tree), Foundation's \(value)")
        }
        print("JSON mutations: \(accepted) accepted")
        #expect(accepted > 10_000)
    }
}
