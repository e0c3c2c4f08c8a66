internal import JSON

extension StatusReport {
    /// The same for programs.
    package var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("status", isWell ? "well" : "look")
            json.key("replicas")
            json.array { json in
                for replica in replicas {
                    json.object { json in
                        json.field("service", replica.service)
                        json.field("address", replica.address)
                        json.field("status", replica.silence != nil ? "down" : replica.troubles.isEmpty ? "ok" : "look")
                        if let silence = replica.silence { json.field("detail", silence) }
                        if let started = replica.started { json.field("started", Int(started)) }
                        if let version = replica.version { json.field("version", version) }
                        if let commit = replica.commit { json.field("commit", commit) }
                        if replica.silence == nil { json.field("publishes", replica.publishes) }
                        json.key("troubles")
                        json.array { json in
                            for trouble in replica.troubles {
                                json.object { json in
                                    json.field("check", trouble.check)
                                    json.field("detail", trouble.text)
                                    if let since = trouble.since { json.field("since", since) }
                                }
                            }
                        }
                        if let last = replica.lastError {
                            json.key("last_error")
                            json.object { json in
                                json.field("time", last.time)
                                json.field("message", last.message)
                                if let error = last.error { json.field("error", error) }
                            }
                        }
                    }
                }
            }
            json.key("waiting")
            json.array { json in
                for row in waiting {
                    json.object { json in
                        json.field("what", row.what)
                        json.field("count", row.count)
                        if let oldest = row.oldest { json.field("oldest_seconds", Int(oldest)) }
                        json.field("late", row.isLate)
                    }
                }
            }
            json.key("advice")
            json.array { json in for line in advice { json.string(line) } }
        }
        return json.finish()
    }
}
