import Foundation

/// A small file system in memory, where the process may mount one.
struct SmallDisk {
    let folder: URL
    private var filler: URL { folder.appending(path: "filler") }

    /// `size`: as tmpfs takes it, `8m` for example.
    static func with(_ size: String, _ body: (SmallDisk) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "full-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        guard mount("tmpfs", folder.path, "tmpfs", 0, "size=\(size)") == 0 else {
            throw Failed("no tmpfs can be mounted")
        }
        do {
            try await body(SmallDisk(folder: folder))
        } catch {
            umount2(folder.path, Int32(MNT_DETACH))
            throw error
        }
        umount2(folder.path, Int32(MNT_DETACH))
        try? FileManager.default.removeItem(at: folder)
    }

    /// Writes until nothing fits any more.
    func fill() {
        if !FileManager.default.fileExists(atPath: filler.path) {
            _ = FileManager.default.createFile(atPath: filler.path, contents: nil)
        }
        let descriptor = open(filler.path, O_WRONLY | O_APPEND)
        let block = [UInt8](repeating: 0, count: 4_096)
        while write(descriptor, block, block.count) > 0 {}
        close(descriptor)
    }

    /// Bytes of the files in it.
    func used() throws -> Int {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .reduce(0) { $0 + (try Data(contentsOf: $1).count) }
    }

    func makeRoom() throws { try FileManager.default.removeItem(at: filler) }
}
