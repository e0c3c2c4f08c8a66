import JSON

extension LoadReport {
    /// One object. Times are in microseconds, memory in bytes.
    package func json() -> [UInt8] {
        var json = JSONWriter(capacity: 4_096)
        json.object { json in
            json.field("target", target)
            json.field("mode", rate == nil ? "closed" : "open")
            json.key("rate")
            if let rate { json.raw(Array(LoadReport.plain(rate).utf8)) } else { json.null() }
            json.field("connections", connections)
            json.field("stopped", placed.wasStopped)
            json.field("elapsed_us", Int64(placed.elapsed / 1_000))
            json.field("accepted_per_second", Int(acceptedPerSecond.rounded()))
            json.key("measured")
            placed.measured.write(&json)
            json.key("with_warm_up")
            placed.all.write(&json)
            json.field("unknown_outcome", placed.unknown)
            json.key("request_us")
            LoadReport.write(placed.latency, &json)
            json.key("told_us")
            LoadReport.write(told.latency, &json)
            json.key("told_tenths_us")
            json.array { json in
                for tenth in told.tenths { LoadReport.write(tenth, &json) }
            }
            json.field("told_sampled_every", placed.sampledEvery)
            json.field("told_missing", told.missing)
            json.field("told_complaint", told.complaint)
            json.key("processes")
            json.array { json in
                for process in processes {
                    json.object { json in
                        json.field("pid", Int(process.pid))
                        json.field("name", process.name)
                        json.field("cpu_ms", process.cpuMilliseconds)
                        json.field("cpu_us_an_order", cpuAnOrder(process))
                        json.field("resident_bytes", process.resident)
                        json.field("is_load", process.isLoad)
                    }
                }
            }
            json.key("checks")
            json.array { json in
                for finding in findings {
                    json.object { json in
                        json.field("check", finding.name)
                        json.field("verdict", finding.verdict.rawValue)
                        json.field("detail", finding.detail)
                    }
                }
            }
            json.key("seconds")
            json.array { json in
                for second in placed.seconds {
                    json.object { json in
                        json.field("second", second.number)
                        json.field("answered", second.answered)
                        json.field("wrong", second.wrong)
                        json.field("p50_us", Int64(second.p50 / 1_000))
                        json.field("p99_us", Int64(second.p99 / 1_000))
                        json.field("max_us", Int64(second.maximum / 1_000))
                    }
                }
            }
        }
        return json.finish()
    }

    private static func write(_ histogram: LatencyHistogram, _ json: inout JSONWriter) {
        json.object { json in
            json.field("count", histogram.count)
            for (name, part) in parts {
                json.key(string: name)
                json.int(Int64(histogram.percentile(part) / 1_000))
            }
        }
    }
}

extension Tally {
    fileprivate func write(_ json: inout JSONWriter) {
        json.object { json in
            json.field("accepted", accepted)
            json.field("repeated", repeated)
            json.field("repeated_wrongly", repeatedWrongly)
            json.key("refused")
            json.array { json in
                for (kind, count) in sortedRefusals {
                    json.object { json in
                        json.field("status", kind.status)
                        json.field("type", kind.problem)
                        json.field("count", count)
                    }
                }
            }
            json.key("failed")
            json.object { json in
                for kind in Failure.allCases {
                    json.key(string: kind.rawValue)
                    json.int(Int64(failed[kind] ?? 0))
                }
            }
        }
    }
}
