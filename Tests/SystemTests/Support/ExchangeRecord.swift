import Foundation
import HTTPClient
import Synchronization

/// What the tests asked and what they were answered, a line of JSON each, for `.ci/check-exchanges`, which holds it against the
/// descriptions of the APIs.
final class ExchangeRecord: Sendable {
    /// nil unless RECORD_EXCHANGES names a file.
    static let shared = ProcessInfo.processInfo.environment["RECORD_EXCHANGES"].map { ExchangeRecord(path: $0) }

    /// Bytes of an answer; of a longer one all but the body is checked.
    private static let longestBody = 1 << 18

    private let file: Mutex<FileHandle?>

    private init(path: String) {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        file = Mutex(FileHandle(forWritingAtPath: path))
    }

    func add(_ request: HTTPClientRequest, _ response: HTTPClientResponse, atInsideDoor: Bool) {
        var exchange: [String: Any] = [
            "method": request.method, "url": request.url, "inside": atInsideDoor, "status": response.status,
            "headers": response.headers.map { [$0.name, $0.value] },
        ]
        if response.body.count <= Self.longestBody { exchange["body"] = Data(response.body).base64EncodedString() }
        guard var line = try? JSONSerialization.data(withJSONObject: exchange) else { return }
        line.append(UInt8(ascii: "\n"))
        file.withLock { $0?.write(line) }
    }
}
