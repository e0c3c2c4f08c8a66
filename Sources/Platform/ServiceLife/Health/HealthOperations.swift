internal import HTTPAPI
internal import JSONSchema

/// What tells how a service is.
enum HealthOperations {
    private static let tag = Operation.Tag("health", "How the service is.")

    static let health = health(.keys([.read]))
    /// The same with its details.
    static let healthInside = health(.inside)

    private static func health(_ access: Access) -> Operation {
        Operation(
            .get, "/health", id: "getHealth", tag: tag, access: access, summary: "See how the service is",
            description:
                "`degraded`: something that it works with is in trouble. What that is, the inside door says under `checks`.",
            answers: [
                Operation.Answer(
                    "How it is.",
                    .json(
                        .named(
                            "Health",
                            .object([
                                .required("status", .choice(["healthy", "degraded"])),
                                .required("service", .text()),
                                .optional(
                                    "checks", .object([], others: .each(check)).described("At the inside door alone.")),
                                .optional("last_error", lastError),
                            ])), example: #"{"status":"healthy","service":"order"}"#))
            ], isAlwaysTaken: true)
    }

    static let live = Operation(
        .get, "/health/live", id: "getLiveness", tag: tag, access: .open, summary: "See whether the service lives",
        description: "Answered as long as the process is there. Restart it only where this fails.",
        answers: [answer("live")], isAlwaysTaken: true)

    static let ready = Operation(
        .get, "/health/ready", id: "getReadiness", tag: tag, access: .open, summary: "See whether the service is ready",
        description: "Whether it can commit to its own database. Only send requests to it while it is.",
        answers: [answer("ready")], problems: [.notReady, .stopping], isAlwaysTaken: true)

    static let street = [health, live, ready]
    static let inside = [healthInside, live, ready]

    private static let check = JSONSchema.named(
        "HealthCheck",
        .object([
            .required("status", .choice(["up", "down"])),
            .optional("detail", .text().described("What is wrong.")),
            .optional("since", .dateTime),
        ]))

    private static let lastError = JSONSchema.named(
        "LastError",
        .object([
            .required("time", .dateTime), .required("level", .choice(["warning", "error"])),
            .required("message", .text().described("As the log has it.")),
            .optional("error", .text().described("Why.")),
        ]).described("The last line of the log that told of something wrong. At the inside door alone."))

    private static func answer(_ status: String) -> Operation.Answer {
        Operation.Answer(
            "It is.", .json(.object([.required("status", .choice([status]))]), example: #"{"status":"\#(status)"}"#))
    }
}
