import Foundation
import Testing

@testable import JSON

@Suite struct DuplicateTests {
    @Test(arguments: [
        #"{"a":1,"a":1}"#, #"{"a":1,"b":2,"a":3}"#, #"{"quantity":1,"quan\u0074ity":2}"#,
        #"{"quan\u0074ity":1,"quantity":2}"#,
        #"{"\u0061":1,"\u0061":2}"#, #"{"":1,"":2}"#, #"{"😀":1,"\ud83d\ude00":2}"#, #"{"/":1,"\/":2}"#,
        #"{"x":{"a":1,"a":2}}"#, #"[[{"a":{"b":1,"b":2}}]]"#, #"{"a":{"a":1},"a":2}"#,
        #"{"a":{"a":1,"b":1},"b":{"b":1,"b":1}}"#,
    ])
    func refuses(document: String) {
        #expect(!isAccepted(document))
    }

    @Test(arguments: [
        #"{"a":{"a":1},"b":{"a":1,"b":2},"c":[{"a":1},{"a":1}]}"#, #"{"a":1,"A":2,"a ":3,"":4,"a\u0000":5}"#,
        #"{"a\\u0062":1,"ab":2}"#,
    ])
    func accepts(document: String) {
        #expect(isAccepted(document))
    }

    /// Around the count from which on a set is asked: each name twice in turn, plain and escaped, first and last.
    @Test(arguments: [1, 2, 31, 32, 33, 34, 40, 100])
    func amongMany(count: Int) {
        let members = (0..<count).map { "\"k\($0)\":{\"k\($0)\":\($0)}" }
        #expect(isAccepted("{" + members.joined(separator: ",") + "}"))
        for twice in Set([0, count / 2, 30, 31, 32, 33, count - 1]) where twice < count {
            let again = ["\"k\(twice)\":0", "\"\\u006b\(twice)\":0"]
            for member in again {
                #expect(!isAccepted("{" + (members + [member]).joined(separator: ",") + "}"))
                #expect(!isAccepted("{" + ([member] + members).joined(separator: ",") + "}"))
                // What follows a large object is judged on its own.
                let large = "{" + members.joined(separator: ",") + "}"
                #expect(isAccepted("{\"x\":\(large),\"y\":\(large),\(member),\"z\":[\(large),\(large)]}"))
                #expect(!isAccepted("{\"x\":\(large),\(member),\"y\":\(large),\(member)}"))
            }
        }
    }

    @Test func manyNamesAreNotQuadratic() {
        let members = (0..<20_000).map { "\"\($0)\":0" }.joined(separator: ",")
        let document = "{\(members),\"19999\":1}"
        let start = threadSeconds()
        #expect(syntaxError(document)?.message == "a name comes twice in one object")
        #expect(threadSeconds() - start < 10)
    }
}

/// Processor time of this thread: other tests on the same machine don't count.
private func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
