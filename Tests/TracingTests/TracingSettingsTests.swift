import Testing

@testable import Tracing

@Suite("Where traces go")
struct TracingSettingsTests {
    private static let endpoint = ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"]

    @Test(
        "is nowhere without a receiver, and where it is said",
        arguments: [
            [:], ["OTEL_EXPORTER_OTLP_ENDPOINT": ""], ["OTEL_SDK_DISABLED": "TRUE"], ["OTEL_TRACES_EXPORTER": "none"],
        ])
    func nowhere(environment: [String: String]) throws {
        let isAlone = environment["OTEL_SDK_DISABLED"] == nil && environment["OTEL_TRACES_EXPORTER"] == nil
        let all = isAlone ? environment : environment.merging(Self.endpoint) { $1 }
        #expect(try TracingSettings.read(from: all) == nil)
    }

    @Test(
        "is the standard's path below a receiver, and exactly what is said of traces alone",
        arguments: [
            (endpoint, "http://collector:4318/v1/traces"),
            (["OTEL_EXPORTER_OTLP_ENDPOINT": "https://host/otlp/"], "https://host/otlp/v1/traces"),
            (endpoint.merging(["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://other/x"]) { $1 }, "http://other/x"),
        ])
    func url(environment: [String: String], url: String) throws {
        #expect(try TracingSettings.read(from: environment)?.url == url)
    }

    @Test("is set by the standard's variables")
    func all() throws {
        let settings = try #require(
            try TracingSettings.read(
                from: Self.endpoint.merging([
                    "OTEL_EXPORTER_OTLP_HEADERS": "a=ignored", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
                    "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "authorization=Bearer%20x, tenant = 7",
                    "OTEL_EXPORTER_OTLP_TIMEOUT": "300",
                    "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_BSP_SCHEDULE_DELAY": "100",
                    "OTEL_BSP_EXPORT_TIMEOUT": "2000", "OTEL_BSP_MAX_QUEUE_SIZE": "7",
                    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "3",
                    "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.01",
                    "OTEL_SERVICE_NAME": "shop",
                    "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test,host.name=a",
                ]) { $1 }))
        #expect(settings.headers.map(\.name) == ["authorization", "tenant"])
        #expect(settings.headers.map(\.value) == ["Bearer x", "7"])
        #expect(settings.isCompressed)
        #expect(settings.timeout == .milliseconds(300))
        #expect(settings.delay == .milliseconds(100))
        #expect(settings.patience == .seconds(2))
        #expect(settings.capacity == 7)
        #expect(settings.batch == 3)
        #expect(settings.sampler == .parent(orElse: .ratio(0.01)))
        #expect(settings.service == "shop")
        #expect(settings.attributes.map(\.name) == ["deployment.environment.name", "host.name"])
    }

    @Test("has one name of the service: that of its own variable")
    func name() throws {
        let named = ["OTEL_SERVICE_NAME": "shop", "OTEL_RESOURCE_ATTRIBUTES": "service.name=other,host.name=a"]
        let settings = try #require(try TracingSettings.read(from: Self.endpoint.merging(named) { $1 }))
        #expect(settings.service == "shop" && settings.attributes.map(\.name) == ["host.name"])
    }

    @Test(
        "is refused where a variable says what we can't do, and names it",
        arguments: [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "zip"), ("OTEL_EXPORTER_OTLP_HEADERS", "secret"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=%2"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
            ("OTEL_TRACES_SAMPLER", "sometimes"), ("OTEL_BSP_MAX_QUEUE_SIZE", "0"), ("OTEL_TRACES_EXPORTER", "jaeger"),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca.pem"), ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "/key.pem"),
        ])
    func refused(name: String, text: String) {
        let error = #expect(throws: TracingSettingsError.self) {
            try TracingSettings.read(from: Self.endpoint.merging([name: text]) { $1 })
        }
        #expect(error?.description.hasPrefix(name) == true)
        #expect(error?.description.contains("secret") == false)
    }
}
