/// An SMTP server that does to each mail what its recipient's name asks for, up to a `+`: `gone`, `full`, `relay`, `grey`, `login` and `who`
/// are refused, `spam`, `odd` and `later` once the mail is there, `drop` is taken and gets no answer but the connection's end, `hang` no
/// answer at all, `bye` the server's farewell. All others are taken. Needs Python.
package final class FailingMailServer: Sendable {
    private let server: PythonServer

    /// - Parameters:
    ///   - port: 0 takes a free one
    ///   - refusesSender: MAIL FROM is refused, whoever it is
    package init(port: UInt16 = 0, refusesSender: Bool = false) async throws {
        server = try await PythonServer.start(Self.program, port: port, [refusesSender ? "refuses" : ""])
    }

    package var port: Int { server.port }

    package struct Taken: Decodable, Sendable {
        package let sender: String
        package let recipient: String
        /// As it came, dots undoubled.
        package let content: String
        /// Of which connection, counted from 1.
        package let connection: Int
    }

    /// What it has taken so far, in its order.
    package func taken() throws -> [Taken] { try server.taken() }

    private static let program = #"""
        import json, os, re, socketserver, sys, threading, time
        path, port, refuses = sys.argv[1], int(sys.argv[2]), sys.argv[3]
        lock, connections = threading.Lock(), 0
        class Session(socketserver.StreamRequestHandler):
            def say(self, text): self.wfile.write(text.encode() + b"\r\n")
            def handle(self):
                global connections
                with lock:
                    connections += 1
                    number = connections
                self.say("220 mail.test ESMTP")
                sender = recipient = ""
                while line := self.rfile.readline().decode().rstrip("\r\n"):
                    verb = line.split(" ")[0].upper()
                    if verb == "EHLO":
                        self.say("250-mail.test greets " + line[5:])
                        self.say("250-SMTPUTF8")
                        self.say("250 8BITMIME")
                    elif verb == "MAIL":
                        sender = re.search(r"<(.*)>", line)[1]
                        self.say("550 5.7.1 we do not know you" if refuses else "250 2.1.0 fine")
                    elif verb == "RCPT":
                        recipient = re.search(r"<(.*)>", line)[1]
                        name = recipient.split("@")[0].split("+")[0]
                        if name == "bye":
                            self.say("421 4.3.2 closing")
                            return
                        self.say({"gone": "550 5.1.1 <%s> is not here" % recipient, "full": "452 4.2.2 mailbox full", "relay": "554 5.7.1 relay access denied", "grey": "450 4.7.1 greylisted", "login": "530 5.7.0 log in first", "who": "550 who are you"}.get(name, "250 2.1.5 fine"))
                    elif verb == "DATA":
                        self.say("354 go on")
                        content = []
                        while (text := self.rfile.readline()) not in (b".\r\n", b""):
                            content.append(text[1:] if text.startswith(b".") else text)
                        name = recipient.split("@")[0].split("+")[0]
                        if name == "hang":
                            time.sleep(60)
                            return
                        if name in ("spam", "odd", "later"):
                            self.say({"spam": "554 5.7.1 spam", "odd": "554 5.6.0 what is this", "later": "451 4.3.0 try later"}[name])
                            continue
                        with lock, open(path, "a") as file:
                            file.write(json.dumps({"sender": sender, "recipient": recipient, "connection": number, "content": b"".join(content).decode()}) + "\n")
                        if name == "drop": return
                        self.say("250 2.0.0 taken")
                    elif verb == "QUIT":
                        self.say("221 2.0.0 bye")
                        return
                    else: self.say("250 2.0.0 fine")
        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True
            request_queue_size = 64
        server = Server(("127.0.0.1", port), Session)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """#
}
