import Arguments
import Foundation
import ShopClient

/// How things are shown to the person at standard output.
struct Terminal {
    let moments: Moments
    let paint: Paint
    /// Columns; nil: it is no terminal, and nothing is cut.
    let width: Int?

    init(_ arguments: ParsedArguments) {
        let environment = ProcessInfo.processInfo.environment
        let isTerminal = isatty(STDOUT_FILENO) == 1
        moments = Moments(isUTC: arguments.flag("utc"))
        paint = Paint(isOn: isTerminal && Self.wantsColour(environment))
        width = isTerminal ? Self.columns : nil
    }

    /// https://no-color.org
    static func wantsColour(_ environment: [String: String]) -> Bool {
        environment["NO_COLOR"] ?? "" == "" && environment["TERM"] != "dumb"
    }

    private static var columns: Int? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    var orders: OrderText { OrderText(moments, paint: paint, width: width) }
    var timelines: TimelineText { TimelineText(moments, paint: paint, width: width) }
    var products: ProductText { ProductText(moments, paint: paint, width: width) }
    var notifications: NotificationLines { NotificationLines(moments, paint: paint, width: width) }
}
