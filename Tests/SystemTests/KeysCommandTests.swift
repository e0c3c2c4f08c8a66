import Foundation
import Testing

/// `orderlog keys`, as somebody types it.
@Suite struct KeysCommandTests {
    private static func bash(_ script: String) async throws -> String {
        try await runScript([
            "bash", "-uc",
            """
            exec 2>&1
            orderlog=\(OrderlogProcess.executable.path)
            folder=$(mktemp -d); trap 'rm -rf $folder' EXIT; cd $folder
            \(script)
            """,
        ])
    }

    @Test func aKeyIsPrintedOnceAndItsHashKept() async throws {
        let said = try await Self.bash(
            """
            $orderlog keys create --scope operate,read --name warehouse --expires 90d 2>note >key; echo code $?
            grep -cE '^ol_[A-Za-z0-9_-]{43}$' key; wc -l <key; stat -c %a keys
            grep -qF "$(cut -c 4- key)" keys note && echo leaked
            printf %s "$(cat key)" | sha256sum | cut -c 1-64 | grep -qFf - keys && echo hashed
            $orderlog keys list | grep -qF "$(cut -c 4- key)" && echo leaked
            $orderlog keys list --json | sed -E 's/20[0-9TZ:.-]*/TIME/g'
            """)
        #expect(
            said == """
                code 0
                1
                1
                600
                hashed
                {"name":"warehouse","scopes":["operate","read"],"created":"TIME","expires":"TIME","expired":false}
                """, "\(said)")
    }

    @Test func namesAreUniqueAndARevokedOneIsFreeAgain() async throws {
        let said = try await Self.bash(
            """
            $orderlog keys create --scope place --name site >/dev/null 2>&1; echo code $?
            $orderlog keys create --scope read --name site; echo code $?
            $orderlog keys revoke shop; echo code $?
            $orderlog keys revoke site
            $orderlog keys list
            $orderlog keys create --scope read --name site >/dev/null 2>&1; echo code $?
            $orderlog keys revoke site --file other; echo code $?; ls
            """)
        #expect(
            said == """
                code 0
                orderlog keys create: ./keys has a key of the name site: take another name, or revoke that one first
                code 1
                orderlog keys revoke: ./keys has no key of the name shop: see `orderlog keys list`
                code 1
                site is revoked
                there is no key
                code 0
                orderlog keys revoke: the keys file other can't be read: No such file or directory; `orderlog keys create \
                --file other …` makes it
                code 1
                keys
                keys.lock
                """, "\(said)")
    }

    @Test(arguments: [
        "--name site", "--scope place", "--scope all --name site", "--scope place, --name site",
        "--scope place --name 'my site'", "--scope place --name site --expires 0d",
        "--scope place --name site --expires 3651d", "--scope place --name site --expires 2020-01-01T00:00:00Z",
    ])
    func whatIsWrongIsUsage(_ words: String) async throws {
        let said = try await Self.bash("$orderlog keys create \(words); echo code $?; ls")
        #expect(said.hasSuffix("code 64"), "\(said)")
    }

    /// Real processes, all at once.
    @Test func createsAtOneTimeLoseNone() async throws {
        let said = try await Self.bash(
            """
            for n in $(seq 12); do $orderlog keys create --scope place --name k$n >/dev/null 2>&1 & done; wait
            $orderlog keys list --json | wc -l
            """)
        #expect(said == "12", "\(said)")
    }

    @Test func elsewhereThanOnTheLoopbackItRefusesToStart() async throws {
        let said = try await Self.bash(
            """
            ports='--order-port 0 --inventory-port 0 --notification-port 0'
            $orderlog up --host 0.0.0.0 --data data $ports; echo code $?
            : >ready
            INSECURE_OPEN=1 timeout 60 $orderlog up --host 0.0.0.0 --data data $ports >ready 2>log &
            until [ "$(wc -l <ready)" -ge 3 ] || ! kill -0 $!; do sleep 0.05; done
            kill $!; wait $!
            grep -c 'nobody is asked for a key' log
            """)
        #expect(said.hasPrefix("orderlog up: it would listen on 0.0.0.0"), "\(said)")
        #expect(said.hasSuffix("code 1\n1"), "\(said)")
    }
}
