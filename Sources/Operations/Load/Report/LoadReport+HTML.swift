import Glibc

extension LoadReport {
    /// A page with curves, whole in itself: no script, and nothing from elsewhere.
    package var html: String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>Load on \(Self.escaped(target))</title>
        <style>body{font:15px/1.5 system-ui,sans-serif;max-width:900px;margin:2em auto;padding:0 1em;color:#222}
        pre{background:#f6f6f6;padding:1em;overflow:auto}svg{width:100%}svg text{font-size:12px;fill:#444}.grid{stroke:#ddd}
        </style></head><body><h1>Load on \(Self.escaped(target))</h1>
        <pre>\(Self.escaped(text))</pre>
        <h2>Answers a second</h2>\(rateCurve.svg)
        <h2>Time of a request, over the run</h2>\(latencyCurve.svg)
        <h2>Time by percentile</h2>\(percentileCurve.svg)
        </body></html>

        """
    }

    /// Points of a line at most: of a long run neighbours are put together, the worst of them counts.
    private static let mostPoints = 800

    private func points(_ value: (Placed.Second) -> Double) -> [(x: Double, y: Double)] {
        // The last second is seldom a whole one.
        let whole = placed.seconds.count > 1 ? placed.seconds.dropLast() : placed.seconds[...]
        let step = max(1, (whole.count + Self.mostPoints - 1) / Self.mostPoints)
        return stride(from: whole.startIndex, to: whole.endIndex, by: step).map { first in
            let group = whole[first..<min(first + step, whole.endIndex)]
            return (x: Double(group[group.startIndex].number), y: group.map(value).max() ?? 0)
        }
    }

    private var timeTicks: [(x: Double, label: String)] {
        guard let first = placed.seconds.first?.number, let last = placed.seconds.dropLast().last?.number, last > first
        else { return [] }
        return (0...4).map { part in
            let at = Double(first) + Double(last - first) * Double(part) / 4
            return (x: at, label: "\(Int(at)) s")
        }
    }

    private var rateCurve: Curve {
        Curve(
            title: "Answers a second", unit: "per second",
            lines: [
                Curve.Line(name: "answers", colour: "#1769aa", points: points { Double($0.answered) }),
                Curve.Line(name: "refused, failed", colour: "#c62828", points: points { Double($0.wrong) }),
            ], ticks: timeTicks)
    }

    private var latencyCurve: Curve {
        Curve(
            title: "Time of a request", unit: "ms",
            lines: [
                Curve.Line(name: "p50", colour: "#1769aa", points: points { Double($0.p50) / 1e6 }),
                Curve.Line(name: "p99", colour: "#ef6c00", points: points { Double($0.p99) / 1e6 }),
                Curve.Line(name: "max", colour: "#9e9e9e", points: points { Double($0.maximum) / 1e6 }),
            ], ticks: timeTicks)
    }

    /// Over the number of nines, as HdrHistogram draws it.
    private var percentileCurve: Curve {
        func line(_ name: String, _ colour: String, _ histogram: LatencyHistogram) -> Curve.Line {
            Curve.Line(
                name: name, colour: colour,
                points: (0...80).map { step in
                    let nines = Double(step) / 20
                    return (x: nines, y: Double(histogram.percentile(1 - pow(10, -nines))) / 1e6)
                })
        }
        let told = told.latency.count > 0 ? [line("confirmed to told", "#2e7d32", told.latency)] : []
        return Curve(
            title: "Time by percentile", unit: "ms", lines: [line("request", "#1769aa", placed.latency)] + told,
            ticks: [(0, "0 %"), (1, "90 %"), (2, "99 %"), (3, "99.9 %"), (4, "99.99 %")])
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
