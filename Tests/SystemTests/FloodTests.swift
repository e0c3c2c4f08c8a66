import Foundation
import Testing

/// One client floods a service with thousands of requests over real sockets, and its neighbours do not notice.
@Suite struct FloodTests {
    @Test func oneFloodsAndNobodyElseIsRefused() async throws {
        try await withShop(
            .embedded, isProxied: false, options: ["--client-rate", "50", "--trusted-proxy", "127.0.0.1"]
        ) {
            shop, _ in
            try await shop.addProduct("LOTS", quantity: 1_000_000)
            let port = try #require(shop.ports["order"])
            let told = try await runScript(["python3", "-c", Self.flood, "\(port)", Shop.orderBody([("LOTS", 1)])])
            let found = try #require(
                try JSONSerialization.jsonObject(with: Data(told.utf8)) as? [String: Any], "\(told)")
            func count(_ name: String) -> Int { (found[name] as? NSNumber)?.intValue ?? 0 }
            #expect(count("refused") > 3_000, "\(told)")
            #expect(count("retry_after") == count("refused"), "\(told)")
            // A burst of two seconds, and the rate; the flood begins before and ends after what is measured.
            #expect(count("let_through") <= 50 * (count("seconds") + 4), "\(told)")
            #expect(count("alive") > 0 && count("not_alive") == 0, "\(told)")
            #expect(count("placed") == 400 && count("not_placed") == 0, "\(told)")
        }
    }

    /// A proxy's connections: one client's, which send as fast as they can, and those of eight others, who place 50 orders each.
    private static let flood = """
        import json, socket, sys, threading, time
        port, order = int(sys.argv[1]), sys.argv[2].encode()
        done, lock, found = threading.Event(), threading.Lock(), {}
        def add(name, count=1):
            with lock: found[name] = found.get(name, 0) + count
        def connect(address):
            s = socket.create_connection(("127.0.0.1", port), 30)
            s.sendall(b"PROXY TCP4 %s 127.0.0.1 4000 80\\r\\n" % address)
            return s, s.makefile("rb")
        def answer(file):
            status, length, names = int(file.readline().split()[1]), 0, set()
            while (line := file.readline().strip()):
                name, value = line.lower().split(b":", 1)
                names.add(name)
                if name == b"content-length": length = int(value)
            file.read(length)
            return status, names
        head = b" HTTP/1.1\\r\\nHost: localhost\\r\\n"
        def flood():
            s, file = connect(b"203.0.113.9")
            while not done.is_set():
                s.sendall((b"GET /orders" + head + b"\\r\\n") * 20 + b"GET /health/live" + head + b"\\r\\n")
                for _ in range(20):
                    status, names = answer(file)
                    add("refused" if status == 429 else "let_through")
                    if status == 429 and b"retry-after" in names: add("retry_after")
                add("alive" if answer(file)[0] == 200 else "not_alive")
        def shop(n):
            s, file = connect(b"198.51.100.%d" % n)
            for number in range(50):
                # Under a key: an order that a standing machine could not take in time is said again. A 429 is not.
                for _ in range(10):
                    s.sendall(b"POST /orders" + head + b"Idempotency-Key: %d-%d\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n" % (n, number, len(order)) + order)
                    status, _ = answer(file)
                    if status != 503: break
                add("placed" if status == 201 else "not_placed")
                if status != 201: add(f"answered_{status}")
                time.sleep(0.05)
        start = time.monotonic()
        floods = [threading.Thread(target=flood) for _ in range(8)]
        shops = [threading.Thread(target=shop, args=(n,)) for n in range(1, 9)]
        for t in floods + shops: t.start()
        for t in shops: t.join()
        while found.get("refused", 0) <= 3000 and time.monotonic() - start < 60: time.sleep(0.05)
        done.set()
        for t in floods: t.join()
        found["seconds"] = int(time.monotonic() - start)
        print(json.dumps(found))
        """
}
