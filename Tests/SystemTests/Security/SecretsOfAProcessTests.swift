import Foundation
import Testing

/// What others on the machine can see of a process: its words, its memory, its files.
@Suite struct SecretsOfAProcessTests {
    private static let url = "postgres://shop:s3cret@127.0.0.1:1/shop"

    @Test(
        arguments: [
            (["serve", "order", "--database"], "DATABASE_URL"), (["serve", "inventory", "--database"], "DATABASE_URL"),
            (["serve", "notification", "--database"], "DATABASE_URL"),
            (["serve", "order", "--inventory"], "INVENTORY_URL"),
            (["audit", "--order-database"], "ORDER_DATABASE_URL"),
            (["audit", "--inventory-database"], "INVENTORY_DATABASE_URL"),
            (["audit", "--notification-database"], "NOTIFICATION_DATABASE_URL"),
            (["outbox", "list", "--order-database"], "ORDER_DATABASE_URL"),
            (["adopt", "--order-database"], "ORDER_DATABASE_URL"),
            (["replay", "notification", "--compare"], "--compare-password-file"),
        ])
    func aPasswordAmongTheWordsIsRefused(_ words: [String], _ variable: String) async throws {
        let result = try await Shop.tool(words + [Self.url])
        #expect(result.code == 64, "\(result.output)")
        #expect(result.output.contains("list of processes") && result.output.contains(variable), "\(result.output)")
        #expect(!result.output.contains("s3cret"), "\(result.output)")
    }

    /// In the environment it is for this account alone, and it is not shown.
    @Test func aPasswordInTheEnvironmentIsTaken() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "orderlog-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = try OrderlogProcess(
            ["serve", "order", "--port", "0", "--kafka", "127.0.0.1:1", "--log-level", "debug"],
            environment: ["DATABASE_URL": Self.url], errors: folder.appending(path: "errors.log"))
        #expect(try await process.ended(within: .seconds(60)) == 1)
        let text = process.errorText
        #expect(text.contains("127.0.0.1") && !text.contains("s3cret"), "\(text)")
    }

    @Test func aFileThatOthersMayReadIsTold() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "orderlog-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (mode, isTold) in [(0o640, true), (0o604, true), (0o600, false)] {
            let file = folder.appending(path: "password").path
            try "s3cret".write(toFile: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
            let result = try await Shop.tool([
                "serve", "order", "--port", "0", "--kafka", "127.0.0.1:1", "--database",
                "postgres://shop@127.0.0.1:1/shop", "--database-password-file", file,
            ])
            #expect(result.code == 1 && result.output.contains("chmod 600 \(file)") == isTold, "\(result.output)")
        }
    }

    /// A crash writes nothing of what was in memory, unless it was asked for.
    @Test(arguments: [false, true]) func aCrashLeavesNoMemoryBehind(_ isAsked: Bool) async throws {
        let pattern = try String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8)
        let folder = FileManager.default.temporaryDirectory.appending(path: "orderlog-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = """
            ulimit -c 2000 && cd "$1" || exit 99
            : >out
            "$2" up --data data --order-port 0 --inventory-port 0 --notification-port 0 >out 2>errors &
            for _ in $(seq 600); do [ "$(wc -l <out)" -ge 3 ] && grep -q "inside door" errors && break; kill -0 $! || exit 98; sleep 0.1; done
            # What reports a crash before it ends takes the first one.
            while kill -ABRT $! 2>/dev/null; do sleep 0.1; done
            cat errors; echo; ls
            """
        let files = try await runScript(
            ["/bin/bash", "-c", program, "bash", folder.path, OrderlogProcess.executable.path],
            environment: ["CORE_DUMPS": isAsked ? "1" : "0"])
        #expect(files.contains("inside door"), "\(files)")
        #expect(files.contains("Backtracing") == isAsked, "\(files)")
        // Where the system hands dumps to a program, or puts them elsewhere, there is nothing to see here.
        let isHere = pattern.hasPrefix("core")
        #expect(files.contains("\ncore") == (isAsked && isHere), "\(files)")
    }
}
