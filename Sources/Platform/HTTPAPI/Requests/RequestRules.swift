package import HTTPServer
import JSON

/// What every request is looked at for before its handler, on every route: that nobody's browser was made to send it, and
/// that it asks for nothing that would be left undone without a word.
package struct RequestRules: Sendable {
    let names: AnsweredNames
    /// The patterns of pages, which a link on any other page may lead to.
    let pages: Set<String>

    package init(names: AnsweredNames, pages: Set<String> = []) {
        self.names = names
        self.pages = pages
    }

    package func check(_ request: HTTPRequest) throws(Problem) {
        try checkHost(request)
        try checkPage(request)
        try checkType(request)
        try checkCoding(request)
        try checkConditions(request)
    }

    // MARK: - Browsers

    private func checkHost(_ request: HTTPRequest) throws(Problem) {
        guard names != .any else { return }
        for host in request.headers.all("host") + request.targetAuthority where !names.contains(host) {
            throw Problem(
                .foreignHost,
                detail: """
                    This service listens on loopback and answers to localhost and 127.0.0.1, not to other names (Host). \
                    --host makes it listen elsewhere.
                    """)
        }
    }

    /// A page elsewhere can make its reader's browser send forms, with no word from us: the browser says where from.
    private func checkPage(_ request: HTTPRequest) throws(Problem) {
        let headers = request.headers
        let site = headers["sec-fetch-site"]
        let origin = headers["origin"]
        guard site != nil || origin != nil || headers["sec-fetch-mode"] != nil || headers["sec-fetch-dest"] != nil
        else {
            return
        }
        // What is shown then is the same for everybody, and no other page can look into it.
        if headers["sec-fetch-mode"] == "navigate", headers["sec-fetch-dest"] == "document",
            request.method == "GET", pages.contains(request.route)
        {
            return
        }
        if site?.lowercased() == "cross-site" { throw Self.foreignPage("another site") }
        // Behind a proxy that calls us by another name than the page does, the browser still knows.
        if let origin, names != .any || site?.lowercased() != "same-origin",
            !names.isOwn(origin: origin.lowercased(), host: headers["host"] ?? "")
        {
            throw Self.foreignPage("another origin")
        }
        // Without a question to us first, a browser sends what forms can say, and JSON is none of that.
        guard request.method != "GET", request.method != "HEAD" else { return }
        guard ContentType(headers["content-type"]) == .json || (request.body.isEmpty && headers["content-type"] == nil)
        else {
            throw .unsupportedType(headers["content-type"], advice: "From a browser it must say application/json.")
        }
    }

    private static func foreignPage(_ origin: String) -> Problem {
        Problem(
            .foreignPage,
            detail: "A page of \(origin) can't use this service from its reader's browser. Nothing was changed.")
    }

    // MARK: - What would be left undone

    /// Of two one would be passed over, and others might take the other one.
    private func checkType(_ request: HTTPRequest) throws(Problem) {
        let count = request.headers.count(of: "content-type")
        guard count > 1 else { return }
        throw Problem(400, detail: "A request has one Content-Type, not \(count). Nothing was changed.")
    }

    private func checkCoding(_ request: HTTPRequest) throws(Problem) {
        guard let coding = request.headers["content-encoding"], coding.lowercased() != "identity", !coding.isEmpty
        else { return }
        var problem = Problem(
            .contentEncoding,
            detail: "The body must come as it is, not encoded (Content-Encoding).")
        // RFC 9110, 15.5.16: a 415 names the codings that would have been taken.
        problem.headers.append(("accept-encoding", "identity"))
        throw problem
    }

    /// No answer has an ETag or a Last-Modified, so that no condition on them is ever met. What a GET asks for by
    /// If-None-Match, If-Modified-Since or Range may be answered in full, and is (RFC 9110, 13.1 and 14.2).
    private func checkConditions(_ request: HTTPRequest) throws(Problem) {
        let headers = request.headers
        let isReading = request.method == "GET" || request.method == "HEAD"
        for name in ["If-Match", "If-Unmodified-Since", "If-None-Match"] {
            guard let value = headers[name], name != "If-None-Match" || !isReading || value == "*" else { continue }
            throw Problem(
                .conditionsUnknown,
                detail: "\(name) can't be met: answers have no ETag and no Last-Modified here. Nothing was changed.")
        }
        if !isReading, headers["content-range"] != nil {
            throw Problem(
                .partialBody,
                detail: "The body must be whole: Content-Range is not taken. Nothing was changed.")
        }
    }
}

extension HTTPRequest {
    /// The host of a target in the absolute form, which goes before the Host field.
    fileprivate var targetAuthority: [String] {
        guard !target.hasPrefix("/"), let scheme = ["http://", "https://"].first(where: target.lowercased().hasPrefix)
        else { return [] }
        return [String(target.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" })]
    }
}
