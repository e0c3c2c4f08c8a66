/// Where traces go and which, by OpenTelemetry's environment variables
/// (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).
package struct TracingSettings: Sendable {
    /// `http://collector:4318/v1/traces`
    package var url: String
    package var headers: [(name: String, value: String)] = []
    package var isCompressed = false
    /// Of one request.
    package var timeout: Duration = .seconds(10)
    /// For how long a batch is tried.
    package var patience: Duration = .seconds(30)
    /// How long spans wait for a batch to fill.
    package var delay: Duration = .seconds(5)
    package var capacity = 2_048
    package var batch = 512
    package var sampler: Sampler = .parent(orElse: .always)
    /// OTEL_SERVICE_NAME: of the process as a whole; nil: each service by its own.
    package var service: String?
    package var attributes: [(name: String, value: String)] = []

    /// nil: traces are sent nowhere. Throws what is wrong with a variable, for people.
    package static func read(
        from environment: [String: String]
    ) throws(TracingSettingsError) -> TracingSettings? {
        func value(_ names: String...) -> (name: String, text: String)? {
            // An empty one counts as none.
            names.lazy.compactMap { name in environment[name].flatMap { $0.isEmpty ? nil : (name, $0) } }.first
        }
        if value("OTEL_SDK_DISABLED")?.text.lowercased() == "true" { return nil }
        switch value("OTEL_TRACES_EXPORTER")?.text {
        case nil, "otlp"?: break
        case "none"?: return nil
        case let other?: throw TracingSettingsError("OTEL_TRACES_EXPORTER=\(other): it is otlp or none")
        }
        guard let url = try url(value("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), value("OTEL_EXPORTER_OTLP_ENDPOINT"))
        else { return nil }
        var settings = TracingSettings(url: url)
        let own = "OTEL_EXPORTER_OTLP_TRACES_"
        let all = "OTEL_EXPORTER_OTLP_"
        if let (name, text) = value(own + "PROTOCOL", all + "PROTOCOL"), text != "http/protobuf" {
            throw TracingSettingsError(
                "\(name)=\(text): traces are sent as http/protobuf only, to port 4318 of most receivers")
        }
        if let (name, text) = value(own + "COMPRESSION", all + "COMPRESSION") {
            guard ["gzip", "none"].contains(text) else {
                throw TracingSettingsError("\(name)=\(text): it is gzip or none")
            }
            settings.isCompressed = text == "gzip"
        }
        if let (name, text) = value(own + "HEADERS", all + "HEADERS") { settings.headers = try pairs(text, name) }
        if let (name, text) = value(own + "TIMEOUT", all + "TIMEOUT") {
            settings.timeout = .milliseconds(try number(text, name, 1...600_000))
        }
        if let (name, text) = value("OTEL_BSP_SCHEDULE_DELAY") {
            settings.delay = .milliseconds(try number(text, name, 1...600_000))
        }
        if let (name, text) = value("OTEL_BSP_EXPORT_TIMEOUT") {
            settings.patience = .milliseconds(try number(text, name, 1...600_000))
        }
        if let (name, text) = value("OTEL_BSP_MAX_QUEUE_SIZE") {
            settings.capacity = try number(text, name, 1...100_000)
        }
        if let (name, text) = value("OTEL_BSP_MAX_EXPORT_BATCH_SIZE") {
            settings.batch = try number(text, name, 1...10_000)
        }
        settings.sampler = try sampler(value("OTEL_TRACES_SAMPLER"), value("OTEL_TRACES_SAMPLER_ARG"))
        settings.service = value("OTEL_SERVICE_NAME")?.text
        if let (name, text) = value("OTEL_RESOURCE_ATTRIBUTES") {
            // OTEL_SERVICE_NAME wins over one that is named here.
            settings.attributes = try pairs(text, name).filter { $0.name != "service.name" || settings.service == nil }
        }
        for kind in ["CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"] {
            guard let (name, _) = value(own + kind, all + kind) else { continue }
            throw TracingSettingsError(
                "\(name) can't be used: the receiver's certificate has to be one that the system trusts")
        }
        return settings
    }

    private typealias Variable = (name: String, text: String)

    /// The first as it is; below the second, at the path that the standard gives.
    private static func url(_ exact: Variable?, _ base: Variable?) throws(TracingSettingsError) -> String? {
        guard let (name, text) = exact ?? base else { return nil }
        guard text.hasPrefix("http://") || text.hasPrefix("https://") else {
            throw TracingSettingsError("\(name)=\(text): it begins with http:// or https://, as http://localhost:4318")
        }
        return exact != nil ? text : text + (text.hasSuffix("/") ? "" : "/") + "v1/traces"
    }

    private static func sampler(_ name: Variable?, _ argument: Variable?) throws(TracingSettingsError) -> Sampler {
        func ratio() throws(TracingSettingsError) -> Double {
            guard let (name, text) = argument else { return 1 }
            guard let part = Double(text), (0...1).contains(part) else {
                throw TracingSettingsError("\(name)=\(text): it is a number from 0 to 1")
            }
            return part
        }
        switch name?.text {
        case nil, "parentbased_always_on"?: return .parent(orElse: .always)
        case "always_on"?: return .always
        case "always_off"?: return .never
        case "traceidratio"?: return .ratio(try ratio())
        case "parentbased_always_off"?: return .parent(orElse: .never)
        case "parentbased_traceidratio"?: return .parent(orElse: .ratio(try ratio()))
        case let other?:
            throw TracingSettingsError(
                "OTEL_TRACES_SAMPLER=\(other): it is always_on, always_off, traceidratio, parentbased_always_on, "
                    + "parentbased_always_off or parentbased_traceidratio")
        }
    }

    private static func number(
        _ text: String, _ name: String, _ range: ClosedRange<Int>
    ) throws(TracingSettingsError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw TracingSettingsError(
                "\(name)=\(text): it is a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// `key=value,key=value`, percent-encoded as in W3C Baggage.
    private static func pairs(
        _ text: String, _ name: String
    ) throws(TracingSettingsError) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        for part in text.split(separator: ",") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = sides[0].trimmed
            // What a header is may be a secret: it is not said.
            guard sides.count == 2, !key.isEmpty, let value = sides[1].trimmed.percentDecoded else {
                throw TracingSettingsError("\(name) is not a list as NAME=VALUE,NAME=VALUE with values percent-encoded")
            }
            pairs.append((key, value))
        }
        return pairs
    }
}

/// What is wrong with a variable, for people.
package struct TracingSettingsError: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

extension Substring {
    fileprivate var trimmed: String {
        var rest = self
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return String(rest)
    }
}

extension String {
    /// nil for what is no UTF-8, or has a `%` without two digits.
    fileprivate var percentDecoded: String? {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let digits = String(rest.prefix(2)), digits.utf8.count == 2, let decoded = UInt8(digits, radix: 16)
            else { return nil }
            bytes.append(decoded)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
