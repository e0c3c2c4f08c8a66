import Arguments
package import EventLog
import Glibc

extension LogClient {
    /// A tool, which comes and goes.
    package static let tool = LogClient(name: name(of: "tool", host: hostName, port: 0))

    /// A replica of a service, known by its host and the port that it serves; `--kafka-rack` and `--kafka-instance`.
    static func replica(of service: String, port: Int, _ arguments: ParsedArguments) throws(UsageError) -> LogClient {
        let instance = arguments.value("kafka-instance")
        if let instance, !isInstance(instance) {
            throw arguments.wrong("kafka-instance", "must be 1 to 249 letters, digits, dots, dashes or underscores")
        }
        return LogClient(
            name: name(of: service, host: hostName, port: port), rack: arguments.value("kafka-rack"),
            instance: instance)
    }

    /// Of this machine, or container, as it calls itself.
    private static var hostName: String {
        // Linux allows 64 bytes, other systems up to 255.
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
