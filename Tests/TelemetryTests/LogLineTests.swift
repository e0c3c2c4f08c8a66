import Foundation
import Testing
import Timestamps

@testable import Telemetry

@Suite struct LogLineTests {
    private func line(
        _ format: LogFormat, level: LogLevel = .info, service: String = "order", _ message: String,
        _ fields: KeyValuePairs<String, String> = [:]
    ) -> String {
        let time = Timestamp(milliseconds: 1_795_492_276_123)
        let line = LogLine(format, time: time, level: level, service: service, message: message, fields: fields)
        return String(decoding: line.bytes, as: UTF8.self)
    }

    @Test func textStandsInColumns() {
        #expect(
            line(.text, "order confirmed", ["order_id": "17", "name": "Ann Lee"])
                == "2026-11-24T03:51:16.123Z INFO  order        order confirmed order_id=17 name=\"Ann Lee\"\n")
        #expect(
            line(.text, level: .warning, service: "notification", "slow")
                == "2026-11-24T03:51:16.123Z WARN  notification slow\n")
        #expect(
            line(.text, level: .notice, service: "a long service name", "x")
                == "2026-11-24T03:51:16.123Z NOTE  a long service name x\n")
    }

    @Test(arguments: [
        ("", "\"\""), ("plain", "plain"), ("größe", "größe"), ("a=b", "\"a=b\""), ("say \"hi\"", #""say \"hi\"""#),
        (#"C:\x"#, #""C:\\x""#), ("a\nb", #""a\nb""#), ("a\u{7f}", #"a\u007f"#), ("a\u{85}b", #"a\u0085b"#),
        ("€5", "€5"), ("a\u{2028}b", #"a\u2028b"#), ("\u{61c}\u{200b}\u{feff}\u{ad}", #"\u061c\u200b\ufeff\u00ad"#),
        ("a\u{e0001}", #"a\udb40\udc01"#),
    ])
    func textQuotesWhatIsNotOneWord(value: String, written: String) {
        #expect(line(.text, "m", ["key": value]).hasSuffix(" m key=\(written)\n"))
    }

    @Test func jsonIsOneObject() {
        #expect(
            line(.json, level: .warning, "say \"hi\"", ["b": "1", "a": "C:\\x", "level": "9"])
                == #"{"time":"2026-11-24T03:51:16.123Z","level":"warning","service":"order","#
                + #""message":"say \"hi\"","b":"1","a":"C:\\x","field_level":"9"}"# + "\n")
    }

    /// What counts something is a number there, an id that looks like one is none.
    @Test(arguments: [
        ("status", "404", "404"), ("duration_ms", "0.3", "0.3"), ("attempts", "0", "0"), ("orders", "12", "12"),
        ("order_id", "17", "\"17\""), ("status", "007", "\"007\""), ("count", "", "\"\""), ("count", "1.", "\"1.\""),
        ("count", ".5", "\".5\""), ("count", "1e3", "\"1e3\""), ("count", "-1", "\"-1\""),
        ("count", "1.2.3", "\"1.2.3\""),
    ])
    func jsonHasNumbers(name: String, value: String, written: String) {
        #expect(line(.json, "m", [name: value]).hasSuffix(#""message":"m","\#(name)":\#(written)}"# + "\n"))
    }

    @Test func aNoticeIsInfoForWhatReadsJSON() {
        #expect(line(.json, level: .notice, "m").contains(#""level":"info""#))
        #expect(line(.text, level: .notice, "m").contains(" NOTE "))
    }

    @Test(arguments: LogFormat.allCases)
    func nothingBreaksTheLine(format: LogFormat) throws {
        let hostile =
            String(String.UnicodeScalarView((0...0x300).compactMap(Unicode.Scalar.init)))
            + "\u{2028}\u{2029}\u{202e}\u{2066}\u{61c}\u{200b}\u{feff}\u{e0001}\r\n2026-11-24T03:51:16.123Z ERROR order lies"
        let made = [
            line(format, service: hostile, hostile, [hostile: hostile, "a": hostile]),
            String(decoding: LogLines([line(format, hostile) + hostile]).bytes, as: UTF8.self),
        ]
        for line in made {
            #expect(line.hasSuffix("\n"))
            let bad = line.unicodeScalars.dropLast().filter {
                [.control, .format, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
            }
            #expect(bad.isEmpty)
        }
        if format == .json {
            let object = try JSONSerialization.jsonObject(with: Data(made[0].utf8)) as? [String: String]
            #expect(object?["message"] == hostile)
            #expect(object?["a"] == hostile)
            #expect(object?[hostile] == hostile)
        }
    }

    @Test func aFinishedLineStaysAsItIs() {
        let finished = line(.json, "say \"hi\"\n", ["a": "b c"])
        let again = LogLines([String(finished.dropLast())])
        #expect(String(decoding: again.bytes, as: UTF8.self) == finished)
    }
}
