package import HTTPAPI

extension APIDescription {
    /// What a service answers at its public door: its own operations, and what all services have.
    ///
    /// - Parameters:
    ///   - service: `order`, `inventory`, `notification`
    ///   - title: what the service is about, in a word or two
    ///   - description: CommonMark, a few sentences
    ///   - port: its own, where nobody chose another
    package static func street(
        _ service: String, _ title: String, _ description: String, port: Int? = nil,
        _ operations: [HTTPAPI.Operation]
    ) -> APIDescription {
        APIDescription(
            title: "Orderlog: \(title)",
            description: description + "\n\n" + manners,
            server: "The public door of the \(service) service, or the gateway's port for it.",
            port: port,
            otherProblems: [.insideDoor],
            operations: operations + HealthOperations.street + DescriptionOperations.all)
    }

    /// What a service answers at its inside door.
    package static func inside(
        _ service: String, _ title: String, _ operations: [HTTPAPI.Operation]
    ) -> APIDescription {
        APIDescription(
            title: "Orderlog: \(title), inside",
            description: """
                For the services and their operators, not for customers. It is a Unix socket in the data folder of \
                `orderlog up`, and a port that nobody publishes elsewhere. There it wants one of the tokens that \
                `--inside-token` names a file of, but for `/health/live` and `/health/ready`; where a port stands in for the \
                socket, the token that is in the file `\(service).door`.


                """ + manners,
            server: "The inside door of the \(service) service.", mayWantToken: true,
            operations: operations + [MetricsOperation.metrics] + HealthOperations.inside
                + DescriptionOperations.all)
    }

    /// What holds everywhere.
    private static let manners = """
        Every path that answers GET answers HEAD, and every path OPTIONS, with `Allow`. What goes wrong is told as a problem \
        document (RFC 9457), whose `type` names its page, and which has the request's `trace_id`: its caller's, by \
        `traceparent` (W3C), or a new one. The service's log has the problems of the status 500 and more under it. Answers \
        of a kilobyte or more are compressed for those who ask by `Accept-Encoding: gzip`. Members of an answer that a client does not know it has to pass over.

        A body has at most \(bytes(ServiceSettings.maximumBody)), unless an operation says otherwise, and the request line \
        and header fields together at most \(bytes(ServiceSettings.maximumHead)). A request is answered within \
        \(API.deadline.components.seconds) seconds.
        """

    private static func bytes(_ count: Int) -> String {
        count % (1 << 20) == 0 ? "\(count >> 20) MiB" : "\(count >> 10) KiB"
    }
}
