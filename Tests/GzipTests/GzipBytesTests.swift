import Foundation
import Gzip
import Testing

@Suite struct GzipBytesTests {
    /// What came is what the gzip program and our own reader find in it.
    @Test(arguments: [0, 1, 1_000, 3_000_000]) func bytesComeBack(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
        let path = FileManager.default.temporaryDirectory.appending(path: "gzip-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let compressed = try #require(Gzip.compressed(bytes))
        try Data(compressed).write(to: URL(filePath: path))
        var file = try GzipFile(reading: path)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: count + 1, alignment: 1)
        defer { room.deallocate() }
        var found = 0
        while true {
            let read = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: room[found...]))
            if read == 0 { break }
            found += read
        }
        try file.close()
        #expect(bytes.elementsEqual(room[..<found]))
    }

    @Test func jsonShrinks() throws {
        let json = Array(String(repeating: #"{"product_id":"laptop-15","quantity":1},"#, count: 100).utf8)
        let compressed = try #require(Gzip.compressed(json))
        #expect(compressed.count < json.count / 8)
        // What an answer that waits to be taken holds is counted by its bytes.
        #expect(compressed.capacity < compressed.count + 64)
    }
}
