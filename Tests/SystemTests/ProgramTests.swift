import Foundation
import Testing

/// What the program says before it does anything.
@Suite struct ProgramTests {
    /// Runs lines of bash in which `$orderlog` is the program; what they printed, errors too.
    private static func bash(_ script: String) async throws -> String {
        try await runScript(["bash", "-uc", "exec 2>&1\norderlog=\(OrderlogProcess.executable.path)\n\(script)"])
    }

    @Test(arguments: ["--help", "--version", "completion bash", "up --help", "help events"])
    func helpThatCanNotBeWrittenIsAFailure(_ words: String) async throws {
        let full = try await Self.bash("$orderlog \(words) >/dev/full; echo code $?")
        #expect(full.hasPrefix("orderlog: its output can't be written: No space left on device"), "\(full)")
        #expect(full.hasSuffix("code 2"), "\(full)")
        // Whoever closed the pipe has had enough.
        let gone = try await Self.bash("exec 5> >(exit 0); wait $!; $orderlog \(words) >&5; echo code $?")
        #expect(gone == "code 0", "\(gone)")
    }

    /// The values of options and arguments, as the commands declare them.
    @Test(arguments: [
        ("orders list --status can", "cancelled"), ("events tail --type OrderShi", "OrderShipped"),
        ("events tail --topic inv", "inventory"), ("groups describe notif", "notification-service"),
        ("keys create --name a --scope op", "operate"), ("openapi not", "notification"),
    ])
    func bashCompletesValues(_ words: String, _ value: String) async throws {
        let said = try await Self.bash(
            """
            source <($orderlog completion bash)
            COMP_WORDS=(orderlog \(words)); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _orderlog; echo "${COMPREPLY[@]}"
            """)
        #expect(said == value, "\(said)")
        let zsh = try await Self.bash("$orderlog completion zsh")
        #expect(zsh.contains("'\(value)'"))
    }

    /// Without the usual providers libcrypto has no algorithm at all.
    @Test func withoutSHA256ItSaysSoAtOnce() async throws {
        let said = try await Self.bash(
            """
            conf=$(mktemp)
            printf 'openssl_conf = a\\n[a]\\nproviders = b\\n[b]\\nbase = c\\n[c]\\nactivate = 1\\n' >$conf
            OPENSSL_CONF=$conf $orderlog up --data /dev/null; echo code $?
            rm $conf
            """)
        #expect(
            said == "orderlog: OpenSSL's libcrypto refuses SHA-256: look at its configuration (OPENSSL_CONF)\ncode 1",
            "\(said)")
    }

    @Test func anOptionThatIsNotThereIsExplained() async throws {
        let said = try await Self.bash("$orderlog outbox list --kafka 127.0.0.1:9092; echo code $?")
        #expect(said.contains("there is no --kafka here: what waits stands in the services' databases"), "\(said)")
        #expect(said.hasSuffix("code 64"), "\(said)")
    }
}
