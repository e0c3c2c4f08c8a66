package import HTTPAPI
package import HTTPServer
package import Telemetry

/// One of a service's doors: its routes; refusals as problem documents; a number for each request.
package struct ServiceServer: Sendable {
    package let server: HTTPServer

    /// `refuses`: is asked before anything else of a request is looked at.
    package init(
        configuration: HTTPServerConfiguration, api: API, metrics: Metrics, logger: Logger,
        refuses: HTTPServer.Refuses? = nil
    ) {
        let durations = RequestDurations(metrics)
        durations.declare(api.description.operations)
        // Where there are no more descriptors, it can accept none and accepts again several times a second.
        let complaints = Recurring(logger, .warning, "the HTTP server complains")
        // What reaches a Unix socket is no browser.
        let names = configuration.unixSocket == nil ? AnsweredNames(listeningOn: configuration.host) : .any
        server = HTTPServer(
            configuration: configuration,
            router: api.checking(RequestRules(names: names, pages: api.pages).check).router,
            refusal: Problem.refusal, refuses: refuses,
            observe: {
                durations.note($0)
                api.note(unhandled: $0)
            },
            log: { complaints.happened(error: $0) })
    }
}
