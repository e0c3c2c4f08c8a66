import Foundation
import TestProcess

/// A real mail server, Debian's exim4, on this machine: wants TLS and a login, has no mailbox `gone`, and keeps all other mails, each in a
/// file. Needs root, who may run it under another account.
package final class EximServer: Sendable {
    package static let user = "shop"
    package static let password = "secret"
    private static let account = "Debian-exim"

    /// Whether it can be run here.
    package static var isThere: Bool { FileManager.default.fileExists(atPath: "/usr/sbin/exim4") && getuid() == 0 }

    /// STARTTLS, and TLS from the start.
    package let port: UInt16
    package let portTLS: UInt16
    /// Of its certificate, for `localhost`.
    package var certificate: String { folder.appending(path: "cert.pem").path }

    private let folder: URL
    private let process = ChildProcess()

    package static func start(ports: [UInt16]) async throws -> EximServer {
        try await onAThread { try EximServer(ports: ports) }
    }

    private init(ports: [UInt16]) throws {
        (port, portTLS) = (ports[0], ports[1])
        folder = FileManager.default.temporaryDirectory.appending(path: "exim-\(UUID().uuidString)")
        for name in ["spool", "log", "mails"] {
            try FileManager.default.createDirectory(
                at: folder.appending(path: name), withIntermediateDirectories: true)
        }
        try Self.configuration(folder.path, port, portTLS).write(
            to: folder.appending(path: "exim.conf"), atomically: true, encoding: .utf8)
        try run([
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "\(folder.path)/key.pem", "-out",
            certificate, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
        ])
        try run(["chown", "-R", Self.account, folder.path])
        // It trusts no other's configuration.
        try run(["chown", "root", "\(folder.path)/exim.conf"])
        process.executableURL = URL(fileURLWithPath: "/usr/sbin/exim4")
        process.arguments = ["-C", "\(folder.path)/exim.conf", "-bdf", "-oP", "\(folder.path)/pid"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        process.terminate()
        try? FileManager.default.removeItem(at: folder)
    }

    /// The files of the mails that it has.
    package func mails() throws -> [String] {
        let new = folder.appending(path: "mails/new")
        guard FileManager.default.fileExists(atPath: new.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: new, includingPropertiesForKeys: nil).map {
            try String(contentsOf: $0, encoding: .utf8)
        }
    }

    private func run(_ command: [String]) throws {
        let process = ChildProcess()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }

    private static func configuration(_ folder: String, _ port: UInt16, _ portTLS: UInt16) -> String {
        """
        exim_user = \(account)
        exim_group = \(account)
        keep_environment =
        spool_directory = \(folder)/spool
        log_file_path = \(folder)/log/%s
        primary_hostname = mail.test
        qualify_domain = mail.test
        local_interfaces = 127.0.0.1
        daemon_smtp_ports = \(port) : \(portTLS)
        tls_on_connect_ports = \(portTLS)
        tls_advertise_hosts = *
        tls_certificate = \(folder)/cert.pem
        tls_privatekey = \(folder)/key.pem
        smtputf8_advertise_hosts = *
        acl_smtp_mail = accept
        acl_smtp_rcpt = check
        begin acl
        check:
          deny message = who are you
               !authenticated = *
          deny message = no such mailbox
               local_parts = gone
          accept
        begin routers
        all:
          driver = accept
          transport = file
        begin transports
        file:
          driver = appendfile
          directory = \(folder)/mails
          maildir_format
          user = \(account)
          envelope_to_add
        begin authenticators
        plain:
          driver = plaintext
          public_name = PLAIN
          server_prompts = :
          server_condition = ${if and{{eq{$auth2}{\(user)}}{eq{$auth3}{\(password)}}}{yes}{no}}
          server_set_id = $auth2
          server_advertise_condition = ${if def:tls_in_cipher}
        """
    }
}
