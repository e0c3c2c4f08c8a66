internal import Telemetry

/// Which traces are recorded, by OpenTelemetry's names of samplers.
package indirect enum Sampler: Sendable, Hashable {
    case always
    case never
    /// This part of the traces, from 0 to 1, chosen by their ids: every process chooses the same ones.
    case ratio(Double)
    /// What the caller does; where there is none, as told.
    case parent(orElse: Sampler)

    func takes(_ context: TraceContext, caller: TraceContext?) -> Bool {
        switch self {
        case .always: true
        case .never: false
        case .ratio(let part): Self.isChosen(context.traceID, part)
        case .parent(let root): caller?.isSampled ?? root.takes(context, caller: nil)
        }
    }

    /// By the last 56 bits of the id, which are random (W3C Trace Context Level 2, and OpenTelemetry's TraceIdRatioBased).
    private static func isChosen(_ traceID: String, _ part: Double) -> Bool {
        var random: UInt64 = 0
        for digit in traceID.utf8.suffix(14) {
            random = random << 4 | UInt64(TraceContext.value(ofHex: digit))
        }
        return Double(random) < part * Double(1 << 56 as UInt64)
    }
}
