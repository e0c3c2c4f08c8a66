package import Telemetry

/// What the log says of a group's work that fails: kept from batch to batch, so that it says it once.
package struct HandlingTroubles: Sendable {
    let database: Outage
    let batch: Recurring
    let dead: Recurring
    let topic: Outage

    package init(_ logger: Logger) {
        database = Outage(
            logger, gone: "the database is away; consumption waits",
            back: "the database is back; consumption goes on")
        batch = Recurring(logger, .warning, "a batch of events failed; trying them one by one")
        dead = Recurring(logger, .error, "a record could not be handled and went to the dead-letter topic")
        topic = Outage(
            logger, gone: "the dead-letter topic is missing, and is created again",
            back: "the dead-letter topic is there")
    }
}
