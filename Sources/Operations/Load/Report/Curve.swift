/// A picture of lines over the same x, as SVG that needs nothing else.
struct Curve {
    struct Line {
        var name: String
        var colour: String
        var points: [(x: Double, y: Double)]
    }

    var title: String
    var unit: String
    var lines: [Line]
    /// What stands below the x axis.
    var ticks: [(x: Double, label: String)]

    private static let (width, height, left, bottom, top) = (860.0, 260.0, 70.0, 30.0, 30.0)

    var svg: String {
        let all = lines.flatMap(\.points)
        let (firstX, lastX) = (all.map(\.x).min() ?? 0, all.map(\.x).max() ?? 1)
        let highest = Self.roundUp(all.map(\.y).max() ?? 1)
        func x(_ value: Double) -> Double {
            Self.left + (value - firstX) / max(lastX - firstX, 1e-9) * (Self.width - Self.left - 10)
        }
        func y(_ value: Double) -> Double {
            Self.height - Self.bottom - value / highest * (Self.height - Self.bottom - Self.top)
        }
        var svg = #"<svg viewBox="0 0 \#(Int(Self.width)) \#(Int(Self.height))" role="img"><title>\#(title)</title>"#
        for part in [0.0, 0.25, 0.5, 0.75, 1] {
            let at = Self.short(y(highest * part))
            svg +=
                #"<line class="grid" x1="\#(Int(Self.left))" x2="\#(Int(Self.width - 10))" y1="\#(at)" y2="\#(at)"/>"#
            svg +=
                #"<text x="\#(Int(Self.left - 6))" y="\#(at)" dy="4" text-anchor="end">\#(Self.short(highest * part))</text>"#
        }
        for tick in ticks {
            svg +=
                #"<text x="\#(Self.short(x(tick.x)))" y="\#(Int(Self.height - 10))" text-anchor="middle">\#(tick.label)</text>"#
        }
        for (number, line) in lines.enumerated() {
            let points = line.points.map { "\(Self.short(x($0.x))),\(Self.short(y($0.y)))" }.joined(separator: " ")
            svg += #"<polyline fill="none" stroke="\#(line.colour)" stroke-width="1.5" points="\#(points)"/>"#
            svg +=
                #"<text x="\#(Int(Self.left) + number * 120)" y="16" fill="\#(line.colour)">\#(line.name), \#(unit)</text>"#
        }
        return svg + "</svg>"
    }

    /// At most two digits behind the point.
    static func short(_ number: Double) -> String { LoadReport.plain((number * 100).rounded() / 100) }

    /// 1, 2 or 5 times a power of ten.
    static func roundUp(_ value: Double) -> Double {
        guard value > 0 else { return 1 }
        var power = 1.0
        while power < value { power *= 10 }
        while power / 10 >= value { power /= 10 }
        return [0.2, 0.5, 1].map { $0 * power }.first { $0 >= value } ?? power
    }
}
