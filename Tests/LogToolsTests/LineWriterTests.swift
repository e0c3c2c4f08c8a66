import Foundation
import Testing

@testable import LogTools

/// An export replaces nothing by mistake, and a database never.
@Suite struct LineWriterTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "lines-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func write(_ path: String, mayReplace: Bool = false) throws {
        let writer = try LineWriter(path: path, mayReplace: mayReplace)
        try writer.write(Array("line\n".utf8), count: 1)
        try writer.end(isComplete: true)
    }

    @Test(arguments: ["out.ndjson", "out.ndjson.gz"]) func aFileIsReplacedWhenTold(_ name: String) throws {
        try withFolder { folder in
            let path = "\(folder)/\(name)"
            try write(path)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o600)
            let first = try Data(contentsOf: URL(filePath: path))
            #expect(!first.isEmpty)
            #expect(throws: ToolError.self) { try write(path) }
            try write(path, mayReplace: true)
            #expect(try Data(contentsOf: URL(filePath: path)).isEmpty == false)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [name])
        }
    }

    /// By its own name, by links, by another name, and what SQLite keeps beside it.
    @Test func aDatabaseIsNeverReplaced() throws {
        try withFolder { folder in
            let database = "\(folder)/log.db"
            let content = Data("SQLite format 3\0".utf8) + Data(repeating: 7, count: 100)
            try content.write(to: URL(filePath: database))
            try Data("commits".utf8).write(to: URL(filePath: database + "-wal"))
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: database)
            try FileManager.default.linkItem(atPath: database, toPath: "\(folder)/hard.ndjson")
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/out.partial", withDestinationPath: database)
            for name in ["log.db", "link", "hard.ndjson", "log.db-wal", "log.db-shm", "log.db.lock", "out"] {
                #expect(throws: ToolError.self, "\(name)") { try write("\(folder)/\(name)", mayReplace: true) }
            }
            #expect(try Data(contentsOf: URL(filePath: database)) == content)
            #expect(try Data(contentsOf: URL(filePath: database + "-wal")) == Data("commits".utf8))
        }
    }

    /// Two processes would hold the lock of one group, or nobody would find the service any more.
    @Test func aServicesLocksAndDoorsAreNeverReplaced() throws {
        try withFolder { folder in
            for name in ["log.db.group-notification-service.lock", "order.door"] {
                try Data("1234".utf8).write(to: URL(filePath: "\(folder)/\(name)"))
            }
            let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            defer { close(listener) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array("\(folder)/order.sock".utf8)) }
            let isBound = withUnsafePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
            #expect(isBound)
            for name in ["log.db.group-notification-service.lock", "order.door", "order.sock"] {
                let error = #expect(throws: ToolError.self, "\(name)") {
                    try LineWriter.refuse("\(folder)/\(name)", mayReplace: true)
                }
                #expect(error?.description.contains("lock or door") == true)
                #expect(throws: ToolError.self, "\(name)") { try write("\(folder)/\(name)", mayReplace: true) }
            }
        }
    }

    /// A link that somebody laid is replaced by the file that was asked for, not followed.
    @Test func noLinkIsFollowed() throws {
        try withFolder { folder in
            let precious = "\(folder)/precious"
            try Data("precious".utf8).write(to: URL(filePath: precious))
            for name in ["out.partial", "out"] {
                try FileManager.default.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: precious)
            }
            #expect(throws: ToolError.self) { try write("\(folder)/out") }
            try write("\(folder)/out", mayReplace: true)
            #expect(try String(contentsOfFile: precious, encoding: .utf8) == "precious")
            #expect(try String(contentsOfFile: "\(folder)/out", encoding: .utf8) == "line\n")
        }
    }
}
