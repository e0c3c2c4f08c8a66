import HTTPAPI

/// The pages and what belongs to them, as files in `Pages`, which are in the program. They are the same for everybody, so nobody is
/// asked for a key: what is the shop's comes from the operations.
enum Pages {
    /// No script, style, picture or call but the console's own; no page elsewhere may have it in a frame, or send it a form.
    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ].joined(separator: "; ")

    private static let headers: [(name: String, value: String)] = [
        ("content-security-policy", policy), ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"), ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ]

    /// The addresses of pages. One document is behind all of them, and shows what its address says.
    static let addresses = [
        "/", "/orders", "/orders/{order_id}", "/stock", "/log", "/log/{topic}", "/log/{topic}/{partition}/{offset}",
        "/dead-letters", "/proof",
    ]

    static func add(to api: inout API) {
        let document = answer("text/html; charset=utf-8", PackageResources.index_html)
        for address in addresses { api.show(address, document) }
        for (name, bytes) in scripts { api.show("/assets/\(name)", answer("text/javascript; charset=utf-8", bytes)) }
        api.show("/assets/console.css", answer("text/css; charset=utf-8", PackageResources.console_css))
        api.show("/assets/icon.svg", answer("image/svg+xml", PackageResources.icon_svg))
    }

    private static let scripts: [(name: String, bytes: [UInt8])] = [
        ("main.js", PackageResources.main_js), ("dom.js", PackageResources.dom_js),
        ("exact.js", PackageResources.exact_js), ("ask.js", PackageResources.ask_js),
        ("format.js", PackageResources.format_js), ("live.js", PackageResources.live_js),
        ("keyboard.js", PackageResources.keyboard_js), ("now.js", PackageResources.now_js),
        ("orders.js", PackageResources.orders_js), ("order.js", PackageResources.order_js),
        ("place.js", PackageResources.place_js), ("stock.js", PackageResources.stock_js),
        ("note.js", PackageResources.note_js), ("record.js", PackageResources.record_js),
        ("log.js", PackageResources.log_js), ("topic.js", PackageResources.topic_js),
        ("letters.js", PackageResources.letters_js), ("proof.js", PackageResources.proof_js),
        ("events.js", PackageResources.events_js),
    ]

    private static func answer(_ type: String, _ bytes: [UInt8]) -> ConstantAnswer {
        ConstantAnswer(type: type, bytes, headers: headers, isTagged: true)
    }
}
