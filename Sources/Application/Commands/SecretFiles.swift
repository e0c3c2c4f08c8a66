import Arguments
import Glibc
import Telemetry

/// Files with passwords.
enum SecretFiles {
    private static let options = [
        "kafka-config", "database-password-file", "mail-password-file", "webhook-secret-file",
    ]

    /// Says of each that is this account's own and that others may read how to mend it. One that somebody else made for this account,
    /// as Docker and Kubernetes mount secrets, is theirs to look after.
    static func warn(_ arguments: ParsedArguments, _ logger: Logger) {
        for option in options where arguments.declares(option) {
            guard let path = arguments.value(option) else { continue }
            var status = stat()
            guard stat(path, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o077 != 0 else { continue }
            logger.warning(
                "a file with passwords may be read by others", ["file": path, "do": "chmod 600 \(path)"])
        }
    }
}
