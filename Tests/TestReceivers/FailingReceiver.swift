/// A webhook's receiver that does to each call what its message's recipient asks for: three digits are the status that it answers, 429 and
/// 503 with `Retry-After: 7`, what stands behind a space is another `Retry-After` (`date`: in two minutes, as a date). `drop` takes the
/// message and closes the connection, `hang` does not answer, `endless` answers 200 with a body that does not end, `stuck` with one
/// that does not come. All others are taken, once for each `webhook-id`. A call whose signature is wrong is answered 401. Needs Python.
package final class FailingReceiver: Sendable {
    private let server: PythonServer

    /// - Parameter secret: base64, without `whsec_`
    package init(secret: String) async throws { server = try await PythonServer.start(Self.program, [secret]) }

    package var port: Int { server.port }

    package struct Taken: Decodable, Sendable {
        package let id: String
        package let type: String
        package let recipient: String
        /// Whether its id had come before; then it was not taken again.
        package let isRepeat: Bool
    }

    /// What it has been sent so far and not refused, in its order.
    package func taken() throws -> [Taken] { try server.taken() }

    private static let program = #"""
        import base64, email.utils, hashlib, hmac, http.server, json, re, sys, threading, time
        path, port, secret = sys.argv[1], int(sys.argv[2]), base64.b64decode(sys.argv[3])
        lock, seen = threading.Lock(), set()
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *_): pass
            def answer(self, status, after=None):
                self.send_response(status)
                if after == "date": after = email.utils.formatdate(time.time() + 120, usegmt=True)
                if after or status in (429, 503): self.send_header("Retry-After", after or "7")
                if status == 301: self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                id, stamp = self.headers["webhook-id"], self.headers["webhook-timestamp"]
                wanted = "v1," + base64.b64encode(hmac.new(secret, f"{id}.{stamp}.".encode() + body, hashlib.sha256).digest()).decode()
                if wanted not in self.headers["webhook-signature"].split(" ") or abs(time.time() - int(stamp)) > 300:
                    return self.answer(401)
                message = json.loads(body)
                recipient = message["data"]["recipient"]
                if status := re.search(r"^(\d{3})(?: (.*))?$", recipient): return self.answer(int(status[1]), status[2])
                if recipient in ("endless", "stuck"): return self.keep_on(recipient)
                if recipient == "hang": time.sleep(60)
                with lock, open(path, "a") as file:
                    file.write(json.dumps({"id": id, "type": message["type"], "recipient": recipient, "isRepeat": id in seen}) + "\n")
                    seen.add(id)
                if recipient == "drop":
                    self.close_connection = True
                    return
                self.answer(204)
            def keep_on(self, recipient):
                self.close_connection = True
                self.send_response(200)
                if recipient == "stuck": self.send_header("Content-Length", "5")
                self.end_headers()
                if recipient == "stuck": return time.sleep(60)
                try:
                    while True: self.wfile.write(b"ok " * 1000)
                except OSError: pass
        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64
        server = Server(("127.0.0.1", port), Handler)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """#
}
