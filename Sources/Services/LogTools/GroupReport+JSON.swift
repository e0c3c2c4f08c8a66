import EventLog
package import JSON

extension GroupReport {
    /// As `orderlog groups --json` and the console tell it.
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("group", name)
            json.field("state", members.state)
            json.field("lag", lag)
            json.field("lag_seconds", Int64(seconds.rounded(.up)))
            json.key("members")
            json.array { json in
                for member in members.members {
                    json.object { json in
                        json.field("member_id", member.id)
                        json.field("client_id", member.clientID)
                        json.field("host", member.host)
                    }
                }
            }
            json.key("partitions")
            json.array { json in for partition in partitions { partition.write(to: &json) } }
        }
    }
}

extension GroupReport.Partition {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("topic", topic)
            json.field("partition", Int64(partition))
            json.key("offset")
            if let offset { json.int(offset) } else { json.null() }
            json.field("end", end)
            json.field("offset_beyond_end", isBeyondEnd)
            json.field("lag", lag)
            json.field("lag_seconds", Int64(seconds.rounded(.up)))
            json.field("member_id", member)
        }
    }
}
