/// A webhook's receiver that does to each call what its message's recipient asks for: three digits are the status that it answers, 429 and
/// 503 with `Retry-After: 7`; `drop` takes the message and closes the connection, `hang` does not answer. All others are taken, once for
/// each `webhook-id`. A call whose signature is wrong is answered 401. Needs Python.
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
        import base64, hashlib, hmac, http.server, json, re, sys, threading, time
        path, port, secret = sys.argv[1], int(sys.argv[2]), base64.b64decode(sys.argv[3])
        lock, seen = threading.Lock(), set()
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *_): pass
            def answer(self, status):
                self.send_response(status)
                if status in (429, 503): self.send_header("Retry-After", "7")
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
                if status := re.search(r"^(\d{3})$", recipient): return self.answer(int(status[1]))
                if recipient == "hang": time.sleep(60)
                with lock, open(path, "a") as file:
                    file.write(json.dumps({"id": id, "type": message["type"], "recipient": recipient, "isRepeat": id in seen}) + "\n")
                    seen.add(id)
                if recipient == "drop":
                    self.close_connection = True
                    return
                self.answer(204)
        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64
        server = Server(("127.0.0.1", port), Handler)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """#
}
