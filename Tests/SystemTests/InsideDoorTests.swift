import Foundation
import TestProcess
import Testing

/// What is for the services and their operators alone, in `orderlog up`.
@Suite struct InsideDoorTests {
    /// Stock of an order that exists is not given back by a call, whoever makes it.
    @Test func nobodyFreesWhatIsSold() async throws {
        try await withShop(.embedded) { shop in
            let order = try #require(try await shop.place([("PROD-001", 100)]).string("order_id"))
            let release = #"{"order_ids":["\#(order)"]}"#
            for path in ["/reservations", "/reservations/release", "/reservations/close"] {
                let stranger = try await shop.caller.call("POST", shop.inventory + path, release)
                #expect(stranger.status == 404, "\(path): \(stranger.text)")
            }
            try await eventually("the order's batch is closed", within: .seconds(60)) {
                let reservation = try await shop.caller.call(
                    "GET", "/reservations/\(order)", inside: shop.inside("inventory"))
                return reservation.string("state") == "sold"
            }
            let insider = try await shop.caller.call(
                "POST", "/reservations/release", inside: shop.inside("inventory"), release)
            #expect(insider.status == 200 && insider.int("done") == 0, "\(insider.text)")
            #expect(try await shop.reserved("PROD-001") == 100)
            #expect(try await shop.place([("PROD-001", 1)]).status == 409)
            let many = (0...256).map { _ in #""\#(UUID().uuidString.lowercased())""# }.joined(separator: ",")
            for (path, name) in [("release", "order_ids"), ("close", "batch_ids")] {
                let tooMany = try await shop.caller.call(
                    "POST", "/reservations/\(path)", inside: shop.inside("inventory"), #"{"\#(name)":[\#(many)]}"#)
                #expect(tooMany.status == 422, "\(tooMany.text)")
            }
        }
    }

    /// They are this user's, are there again after a kill, and go with the program.
    @Test func itsSocketsAreInTheDataFolder() async throws {
        try await withShop(.embedded) { shop in
            let files = ["order", "inventory", "notification"].map { shop.folder.path + "/\($0).sock" }
            let process = try #require(shop.processes["order"])
            // The log is written by a thread of its own.
            let told = try await eventually("a line about the inside doors", within: .seconds(60)) {
                let lines = process.errorText.split(separator: "\n").filter { $0.contains("inside door") }
                return lines.isEmpty ? nil : lines
            }
            #expect(told.count == 1 && files.allSatisfy { told.first?.contains($0) == true }, "\(told)")
            for file in files {
                let attributes = try FileManager.default.attributesOfItem(atPath: file)
                #expect(attributes[.type] as? FileAttributeType == .typeSocket)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
            }
            try await shop.killAll()
            #expect(files.allSatisfy { FileManager.default.fileExists(atPath: $0) })
            try await shop.start()
            for service in ["order", "inventory", "notification"] {
                let metrics = try await shop.caller.call("GET", "/metrics", inside: shop.inside(service))
                #expect(metrics.status == 200)
                let health = try await shop.caller.call("GET", "/health", inside: shop.inside(service))
                #expect(health.string("checks.database.status") == "up")
            }
            // A second program on the same folder takes nothing from the first.
            let second = try OrderlogProcess(
                ["up", "--data", shop.folder.path, "--order-port", "0", "--inventory-port", "0"],
                errors: shop.folder.appending(path: "second.log"))
            #expect(try await second.ended(within: .seconds(20)) == 1)
            #expect(try await shop.place([("PROD-002", 1)]).status == 201)
            #expect(try await shop.stop() == [0])
            #expect(files.allSatisfy { !FileManager.default.fileExists(atPath: $0) })
        }
    }

    /// Some sandboxes know the internet alone: a port with a token stands in.
    @Test func whereNoSocketCanBeMadeAPortStandsIn() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "orderlog-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let process = ChildProcess()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c", Self.withoutUnixSockets, OrderlogProcess.executable.path, "up", "--data", folder,
            "--order-port", "0", "--inventory-port", "0", "--notification-port", "0",
        ]
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        defer { process.terminate() }
        for name in ["order", "inventory", "notification"] {
            try await eventually("\(name).door", within: .seconds(60)) {
                FileManager.default.fileExists(atPath: "\(folder)/\(name).door")
            }
        }
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/order.sock"))
        let text = try String(contentsOfFile: folder + "/order.door", encoding: .utf8)
        let url = try #require(text.split(separator: "\n").first?.split(separator: " ").last)
        let metrics = try await runScript(["curl", "-fsS", "-K", folder + "/order.door", String(url)])
        #expect(metrics.contains("http_server_request_duration"))
    }

    /// Runs a program for which `socket(AF_UNIX, …)` ends with EAFNOSUPPORT, by a filter of system calls.
    private static let withoutUnixSockets = """
        import ctypes, os, struct, sys
        number = {"x86_64": 41, "aarch64": 198}[os.uname().machine]
        rules = [(0x20, 0, 0, 0), (0x15, 0, 3, number), (0x20, 0, 0, 16), (0x15, 0, 1, 1),
                 (0x06, 0, 0, 0x00050000 | 97), (0x06, 0, 0, 0x7fff0000)]
        code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *rule) for rule in rules))
        program = struct.pack("HxxxxxxP", len(rules), ctypes.addressof(code))
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.prctl(38, 1, 0, 0, 0) == 0
        assert libc.prctl(22, 2, program, 0, 0) == 0
        os.execv(sys.argv[1], sys.argv[1:])
        """
}
