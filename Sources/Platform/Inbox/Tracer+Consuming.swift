import EventLog
import Headers
import Telemetry
import Tracing

extension Tracer {
    /// The spans of records that a group has in hand: for each what its work took as a part of the batch's.
    func consuming(_ records: [StoredRecord], group: String) -> SharedSpans? {
        var spans = beginShared("process", .consumer) {
            records.map(\.recordedTrace)
        }
        spans?.set("messaging.system", log)
        spans?.set("messaging.operation.name", "process")
        spans?.set("messaging.operation.type", "process")
        spans?.set("messaging.consumer.group.name", group)
        spans?.setEach { place, span in
            let record = records[place]
            span.set("messaging.destination.name", record.position.topic)
            span.set("messaging.destination.partition.id", String(record.position.partition))
            span.set("messaging.kafka.offset", Int(record.position.offset))
            if let type = record.header("ce_type") { span.set("orderlog.event.type", type) }
        }
        return spans
    }

    /// `dead`: those of the records that could not be handled.
    func end(_ spans: consuming SharedSpans?, _ records: [StoredRecord], _ dead: [DeadLetter]) {
        guard let spans else { return }
        let failures = Dictionary(dead.map { ($0.record.position, $0.error) }) { first, _ in first }
        spans.end { failures[records[$0].position] }
    }
}

extension StoredRecord {
    /// The trace that it belongs to, where that is recorded. Of most it is not, which is found out without making a string.
    fileprivate var recordedTrace: TraceContext? {
        var isRecorded = false
        headers.forEachBytes { name, value in
            guard RecordHeaders.are(name, "traceparent"), let value, value.count > TraceContext.flagsPlace else {
                return
            }
            isRecorded = TraceContext.saysSampled(value[TraceContext.flagsPlace])
        }
        return isRecorded ? TraceContext.recorded(header("traceparent"), header("tracestate")) : nil
    }
}
