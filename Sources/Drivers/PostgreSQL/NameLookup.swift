internal import ConnectionThreads
internal import Synchronization

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Looks names of hosts up. `getaddrinfo` takes as long as the network's name servers do, and can't be told to stop: so it has
/// a thread of its own, one for each name, and whoever asks waits for as long as he likes.
final class NameLookup: Sendable {
    struct Failure: Error {
        /// As the system words it.
        var reason: String
    }

    static let system = NameLookup(addresses)

    private let look: @Sendable (String) -> Result<[String], Failure>
    private let asked = Mutex<[String: Question]>([:])

    /// `look`: the addresses that a name has, as numbers; may take long.
    init(_ look: @escaping @Sendable (String) -> Result<[String], Failure>) {
        self.look = look
    }

    /// Asks for a name's addresses, or joins those who have asked and wait.
    func ask(_ name: String) -> Question {
        asked.withLock { asked in
            if let question = asked[name] { return question }
            let question = Question()
            asked[name] = question
            let isStarted = startThread("postgres-lookup") { [self] in
                let answer = look(name)
                _ = self.asked.withLock { $0.removeValue(forKey: name) }
                question.give(answer)
            }
            if !isStarted {
                asked[name] = nil
                question.give(.failure(Failure(reason: "the system refuses a thread")))
            }
            return question
        }
    }

    /// One lookup on its way.
    final class Question: Sendable {
        private struct State {
            var answer: Result<[String], Failure>?
            /// The end that is closed to tell those who wait at the other; -1 when it is.
            var open: Int32
        }
        /// Can be read (`poll`) as soon as there is an answer; -1 where the system refused it.
        let descriptor: Int32
        private let state: Mutex<State>

        init() {
            var ends: [Int32] = [-1, -1]
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
            let isRefused = socketpair(AF_UNIX, kind, 0, &ends) != 0
            descriptor = ends[0]
            state = Mutex(
                State(answer: isRefused ? .failure(Failure(reason: "too many files are open")) : nil, open: ends[1]))
        }

        deinit {
            if descriptor >= 0 { close(descriptor) }
            state.withLock { if $0.open >= 0 { close($0.open) } }
        }

        /// nil: not yet.
        var answer: Result<[String], Failure>? { state.withLock { $0.answer } }

        fileprivate func give(_ answer: Result<[String], Failure>) {
            state.withLock { state in
                if state.answer == nil { state.answer = answer }
                if state.open >= 0 { close(state.open) }
                state.open = -1
            }
        }
    }

    /// In the system's order of preference (RFC 6724).
    @Sendable private static func addresses(_ name: String) -> Result<[String], Failure> {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, &hints, &list)
        guard code == 0 else { return .failure(Failure(reason: String(cString: gai_strerror(code)))) }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        var next = list
        while let entry = next?.pointee {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let size = socklen_t(text.count)
            if getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, size, nil, 0, NI_NUMERICHOST) == 0 {
                addresses.append(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
            }
            next = entry.ai_next
        }
        return addresses.isEmpty ? .failure(Failure(reason: "it has no address")) : .success(addresses)
    }
}
