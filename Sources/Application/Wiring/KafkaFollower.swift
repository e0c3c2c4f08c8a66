import EventLog
import FollowedFiles
import Kafka
import Synchronization
import Telemetry

/// The file of Kafka's properties and the certificates that it names, read again while services run. A new user or password counts when
/// Kafka next asks for it, for new certificates clients are made anew. Everything else needs a restart, and is complained of.
final class KafkaFollower: Sendable {
    /// nil where there is no password.
    let credentials: KafkaCredentials?
    let certificates: KafkaCertificates
    private let file: FollowedFile<KafkaFiles>

    init(path: String, properties: [String: String]) {
        let credentials = Password(properties).map { KafkaCredentials(user: $0.user, password: $0.password) }
        let certificates = KafkaCertificates(of: properties)
        self.credentials = credentials
        self.certificates = certificates
        let first = KafkaFiles(properties: properties)
        // Of what the clients have.
        let used = Mutex(first.certificates)
        file = FollowedFile(
            "Kafka's properties and certificates", content: first, read: { try KafkaFiles(path: path) }
        ) { new in
            var complaints: [String] = []
            if let credentials {
                if let new = Password(new.properties) {
                    credentials.change(user: new.user, password: new.password)
                } else {
                    complaints.append("\(path) has no user or no password any more: the former ones are used")
                }
            }
            do throws(KafkaError) {
                if used.withLock({ $0 != new.certificates }) {
                    try certificates.change(to: new.properties)
                    used.withLock { $0 = new.certificates }
                }
            } catch {
                complaints.append("\(error.message): the former certificates are used")
            }
            if Self.others(new.properties, credentials) != Self.others(properties, credentials) {
                complaints.append(
                    "\(path) has changed in more than user, password and certificates: the rest counts after a restart")
            }
            return complaints.isEmpty ? nil : complaints.joined(separator: "; ")
        }
    }

    private struct Password {
        let user: String
        let password: String

        init?(_ properties: [String: String]) {
            guard let user = properties[KafkaCredentials.userProperty],
                let password = properties[KafkaCredentials.passwordProperty]
            else { return nil }
            (self.user, self.password) = (user, password)
        }
    }

    private static func others(_ properties: [String: String], _ credentials: KafkaCredentials?) -> [String: String] {
        properties.filter { name, _ in
            let isPassword = [KafkaCredentials.userProperty, KafkaCredentials.passwordProperty].contains(name)
            return !KafkaCertificates.isOne(name) && !(isPassword && credentials != nil)
        }
    }

    func start(_ logger: Logger) { file.start(logger) }
    func stop() { file.stop() }

    /// What of the files is not used; nil: all of it is.
    var complaint: String? { file.complaint?.text }
}
