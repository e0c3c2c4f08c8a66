import Crypto
import FollowedFiles
import Glibc
import Kafka

/// What `--kafka-config` says, and what is in the files of certificates that it names.
struct KafkaFiles: Sendable, Equatable {
    let properties: [String: String]
    /// SHA-256 of each file, by its property.
    private let hashes: [String: [UInt8]]

    /// Bytes of a file of certificates: a system's own authorities are some 200 KiB.
    private static let limit = 4 << 20

    /// A directory of certificates is not among them: OpenSSL looks into it at each connection.
    private static let names = [
        "ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.crl.location", "ssl.keystore.location",
    ]

    /// Reads everything. Throws what is wrong, and with which file.
    init(path: String) throws(Failure) {
        properties = try KafkaProperties.read(path: path)
        var hashes: [String: [UInt8]] = [:]
        for name in Self.names {
            do throws(SmallFile.Fault) {
                hashes[name] = try Self.hash(of: properties[name])
            } catch {
                throw Failure("\(name): \(properties[name] ?? "") \(error.text)")
            }
        }
        self.hashes = hashes
    }

    /// Reads the certificates of these properties, as far as they can be read: librdkafka complains of what can't.
    init(properties: [String: String]) {
        self.properties = properties
        hashes = Dictionary(
            uniqueKeysWithValues: Self.names.compactMap { name in
                (try? Self.hash(of: properties[name])).map { (name, $0) }
            })
    }

    /// What clients have to be made anew for when it changes.
    var certificates: Certificates {
        Certificates(properties: properties.filter { KafkaCertificates.isOne($0.key) }, hashes: hashes)
    }

    struct Certificates: Sendable, Equatable {
        fileprivate let properties: [String: String]
        fileprivate let hashes: [String: [UInt8]]
    }

    private static func hash(of path: String?) throws(SmallFile.Fault) -> [UInt8]? {
        guard let path, path != "probe", !isDirectory(path) else { return nil }
        return SHA256.hash(try SmallFile(path: path, limit: limit).read { _ in })
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
