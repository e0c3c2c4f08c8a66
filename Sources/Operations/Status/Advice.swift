extension StatusReport {
    /// What to do next, the most pressing first; empty where all is well. Each names a page of docs/runbooks.
    package var advice: [String] {
        var advice: [String] = []
        func add(_ text: String, _ page: String) {
            let line = "\(text): docs/runbooks/\(page).md"
            if !advice.contains(line) { advice.append(line) }
        }
        for replica in replicas where replica.silence != nil {
            add("\(replica.service) does not answer: look whether it runs, and at its log", "service-down")
        }
        for trouble in replicas.flatMap(\.troubles) {
            add(Self.advice(on: trouble), trouble.check == "clock" ? "clock-off" : "in-trouble")
        }
        for row in waiting where row.isLate {
            switch row.kind {
            case .deadLetters:
                add(
                    "see them with `orderlog dlq list`, mend the cause, and `orderlog dlq redrive`, or `discard` them",
                    "dead-letters")
            case .refusedEvents: add("`orderlog outbox list` says why the log refuses them", "events-refused")
            case .events:
                add("no order is lost; events wait for the log, or for a replica that publishes", "events-wait")
            case .records: add("look which record it stands at with `orderlog groups describe`", "group-behind")
            case .messages:
                add("customers are told late: look at what sends, and at the notification service's log", "messages")
            case .heldStock: add("stock is held for orders that are not decided", "stock-held")
            }
        }
        return advice
    }

    private static func advice(on trouble: ReplicaStatus.Trouble) -> String {
        switch trouble.check {
        case "log", "kafka":
            "the log is away: orders are taken, and their events wait in the databases until it is back"
        case "database": "the database takes no writes: requests that change something are refused until it does"
        case "inventory": "inventory does not answer the order service: orders are refused until it does"
        case "clock": "a machine's clock is off: orders go on, and times are wrong"
        case "outbox": "some events don't get onto the log, and all others do"
        case "kafka_config", "inside_token", "keys":
            "a file of settings can't be used: what was read before still counts"
        default: "\(trouble.check) is in trouble"
        }
    }
}
