import Foundation
import Testing

@testable import JSON

@Suite struct WriterTests {
    func write(capacity: Int = 512, _ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter(capacity: capacity)
        body(&writer)
        return String(decoding: writer.finish(), as: UTF8.self)
    }

    @Test func writesADocument() {
        let text = write { writer in
            writer.object { writer in
                writer.field("a", "b")
                writer.field("n", 5)
                writer.field("l", -5 as Int64)
                writer.field("t", true)
                writer.field("f", false)
                writer.field("some", "x" as String?)
                writer.field("none", nil as String?)
                writer.key("empty")
                writer.object { _ in }
                writer.key("list")
                writer.array { writer in
                    writer.array { _ in }
                    writer.array { writer in writer.array { writer in writer.null() } }
                    writer.object { writer in writer.field("x", 1) }
                    writer.object { _ in }
                    writer.int(1)
                    writer.string("")
                    writer.raw(Array("[1, 2]".utf8))
                    writer.bool(true)
                }
                writer.key(string: "k\"\n")
                writer.null()
                writer.key(string: "")
                writer.raw(Array("{}".utf8))
            }
        }
        #expect(
            text == #"{"a":"b","n":5,"l":-5,"t":true,"f":false,"some":"x","none":null,"empty":{},"#
                + #""list":[[],[[null]],{"x":1},{},1,"",[1, 2],true],"k\"\n":null,"":{}}"#)
    }

    @Test func writesLoneValues() {
        #expect(write { $0.null() } == "null")
        #expect(write { $0.object { _ in } } == "{}")
        #expect(write { $0.array { _ in } } == "[]")
        #expect(write { $0.string("") } == "\"\"")
        #expect(write { _ in } == "")
    }

    @Test func escapesWhatItMust() throws {
        #expect(write { $0.string("\"\\/\u{8}\u{C}\n\r\t") } == #""\"\\/\b\f\n\r\t""#)
        #expect(
            write { $0.string("\0\u{1}\u{B}\u{F}\u{10}\u{1A}\u{1F}") }
                == #""\u0000\u0001\u000b\u000f\u0010\u001a\u001f""#)
        #expect(write { $0.string("\u{7F}é\u{2028}😀") } == "\"\u{7F}é\u{2028}😀\"")
    }

    @Test func everyTextComesBack() throws {
        var texts = (0..<0x80).flatMap { code -> [String] in
            let character = String(Character(Unicode.Scalar(UInt8(code))))
            return [character, "plain" + character + "plain", character + character]
        }
        texts += [
            "é", "😀👩‍👩‍👧‍👦🇨🇭", "\u{2028}\u{2029}", "e\u{301}", "\u{FFFF}\u{10FFFF}", String(repeating: "\0", count: 1_000),
        ]
        for text in texts {
            let written = write(capacity: 0) { $0.array { $0.string(text) } }
            #expect(try Tree.read(written) == .array([.string(text)]))
            let value = try JSONSerialization.jsonObject(with: Data(written.utf8))
            #expect(value as? [String] == [text])
            let key = write(capacity: 0) { writer in
                writer.object { writer in
                    writer.key(string: text)
                    writer.null()
                }
            }
            #expect(try Tree.read(key) == .object([text: .null]))
        }
    }

    @Test func writesEveryLengthOfNumber() {
        var numbers: [Int64] = [0, .min, .min + 1, .max, .max - 1]
        var power: Int64 = 1
        for _ in 0..<19 {
            numbers += [power, power - 1, power + 1, -power, 1 - power, -power - 1]
            power = power.multipliedReportingOverflow(by: 10).partialValue
        }
        for number in numbers {
            #expect(write(capacity: 0) { $0.int(number) } == "\(number)")
        }
    }

    /// From the smallest capacity, so that each kind of value in turn is the one that makes the memory grow.
    @Test(arguments: 0...140)
    func grows(pad: Int) throws {
        let padding = String(repeating: "p", count: pad)
        let raw = Array(write { $0.string(padding) }.utf8)
        let text = write(capacity: 0) { writer in
            writer.array { writer in
                writer.raw(raw)
                writer.int(.min)
                writer.bool(false)
                writer.null()
                writer.object { writer in
                    writer.field("a name of some length", "value \"é\"")
                    writer.key(string: "b")
                    writer.array { _ in }
                }
                for _ in 0..<pad { writer.array { $0.array { _ in } } }
                writer.string(padding)
            }
        }
        let nested = [Tree](repeating: .array([.array([])]), count: pad)
        let expected: [Tree] =
            [
                .string(padding), .int(.min), .bool(false), .null,
                .object(["a name of some length": .string("value \"é\""), "b": .array([])]),
            ] + nested + [.string(padding)]
        #expect(try Tree.read(text) == .array(expected))
    }

    @Test func aMegabyte() throws {
        let text = String(repeating: "a\n\"é", count: 200_000)
        #expect(try Tree.read(write { $0.string(text) }) == .string(text))
    }

    /// What brackets alone need, at every fill of the memory.
    @Test func closesWhereItIsFull() {
        for count in 1...300 {
            let text = write(capacity: 0) { writer in
                writer.array { writer in
                    for _ in 0..<count { writer.int(7) }
                }
            }
            #expect(text == "[" + Array(repeating: "7", count: count).joined(separator: ",") + "]")
        }
    }
}
