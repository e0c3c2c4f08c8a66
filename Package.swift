// swift-tools-version: 6.2
import PackageDescription

// Every target speaks the same strict dialect. CI adds -warnings-as-errors on the command line, so that a newer
// compiler's new warning never stops a user's build.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A Swift module of ours at `folder/name`, and what it may import.
func module(_ name: String, in folder: String, uses dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(folder)/\(name)", swiftSettings: strict)
}

/// A module map over a C library that the system's package manager installs.
func library(_ name: String, pkgConfig: String, apt: String, brew: String) -> Target {
    .systemLibrary(
        name: name, path: "Sources/Drivers/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt]), .brew([brew])])
}

/// The tests of one module.
func tests(_ name: String, uses dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, path: "Tests/\(name)Tests",
        resources: resources, swiftSettings: strict)
}

let package = Package(
    name: "orderlog",
    platforms: [.macOS(.v26)],
    products: [.executable(name: "orderlog", targets: ["orderlog"])],
    targets: [
        .executableTarget(
            name: "orderlog", dependencies: ["Application", "ServiceHost"], path: "Sources/orderlog",
            swiftSettings: strict),
        .target(
            name: "Application",
            dependencies: [
                "Orders", "Inventory", "Notifications", "Audit", "LogTools", "Replay", "Events", "EventLog", "Headers",
                "Identity",
                "Outbox", "Inbox", "Masking", "Pacing", "Progress", "ExactText", "VisibleText", "Identifiers",
                "Timestamps",
                "JSON", "ServiceHost", "Telemetry", "Arguments", "Kafka", "HTTPServer", "HTTPClient", "SQLite",
                "PostgreSQL",
            ], path: "Sources/Application", swiftSettings: strict),

        // What operators run
        module(
            "Audit", in: "Operations",
            uses: [
                "VisibleText", "Orders", "Inventory", "Notifications", "Events", "EventLog", "Outbox", "Inbox",
                "Progress", "JSON",
                "Identifiers", "Timestamps", "SQLite",
            ]),

        module(
            "LogTools", in: "Operations",
            uses: [
                "ExactText", "VisibleText", "Events", "EventLog", "Headers", "Identifiers", "Inbox", "Gzip", "JSON",
                "Timestamps",
            ]),

        module(
            "Replay", in: "Operations",
            uses: [
                "ExactText", "VisibleText", "Notifications", "Events", "EventLog", "Inbox", "LogTools", "Progress",
                "Telemetry",
                "JSON",
                "Identifiers",
            ]),

        // The shop
        module(
            "Orders", in: "Services",
            uses: [
                "ExactText", "Events", "InventoryAPI", "EventLog", "Identity", "Outbox", "Batching", "Idempotency",
                "Pacing",
                "ServiceHost",
                "Telemetry", "JSON", "Identifiers", "Timestamps", "HTTPServer", "HTTPClient", "SQLite", "PostgreSQL",
            ]),
        module(
            "Inventory", in: "Services",
            uses: [
                "ExactText", "Events", "InventoryAPI", "EventLog", "Identity", "Outbox", "Inbox", "Batching",
                "Idempotency",
                "ServiceHost",
                "Telemetry", "JSON", "Identifiers", "Timestamps", "HTTPServer", "SQLite", "PostgreSQL",
            ]),
        module(
            "Notifications", in: "Services",
            uses: [
                "ExactText", "Events", "EventLog", "Identity", "Inbox", "Idempotency", "Pacing", "ServiceHost",
                "Telemetry", "JSON",
                "Identifiers", "Timestamps", "HTTPServer", "SQLite", "PostgreSQL", "Crypto",
            ]),
        module(
            "Events", in: "Services",
            uses: ["EventLog", "Identity", "JSON", "ExactText", "VisibleText", "Identifiers", "Timestamps"]),
        module("InventoryAPI", in: "Services", uses: ["JSON", "Identifiers", "Events"]),

        // What every service stands on
        module(
            "EventLog", in: "Platform",
            uses: ["ExactText", "Headers", "Pacing", "Kafka", "SQLite", "JSON", "Identifiers", "Timestamps"]),
        module("Headers", in: "Platform"),
        module("ExactText", in: "Platform"),
        module("VisibleText", in: "Platform"),
        module(
            "Identity", in: "Platform",
            uses: ["EventLog", "Pacing", "Telemetry", "SQLite", "PostgreSQL", "JSON", "Identifiers"]),
        module(
            "Outbox", in: "Platform",
            uses: ["Pacing", "ExactText", "EventLog", "SQLite", "PostgreSQL", "Telemetry", "Identifiers", "Timestamps"]),
        module(
            "Inbox", in: "Platform",
            uses: [
                "Pacing", "EventLog", "Headers", "SQLite", "PostgreSQL", "Telemetry", "Identifiers", "Timestamps",
                "Crypto",
            ]),
        module("Batching", in: "Platform", uses: ["Deadlines"]),
        module("Deadlines", in: "Platform"),
        module("Progress", in: "Platform"),
        module("Pacing", in: "Platform"),
        module(
            "ServiceHost", in: "Platform",
            uses: [
                "Batching", "CLinux", "Masking", "ConnectionThreads", "Deadlines", "Pacing", "HTTPServer", "SQLite",
                "PostgreSQL",
                "JSON",
                "Telemetry", "Timestamps",
            ]),
        module(
            "Idempotency", in: "Platform",
            uses: [
                "ServiceHost", "HTTPServer", "SQLite", "PostgreSQL", "Crypto", "ExactText", "Identifiers", "Timestamps",
            ]),
        module("Telemetry", in: "Platform", uses: ["CLinux", "Masking", "VisibleText", "Timestamps"]),
        module("Arguments", in: "Platform", uses: ["Masking", "VisibleText"]),
        module("JSON", in: "Platform"),
        module("Identifiers", in: "Platform", uses: ["Crypto"]),
        module("Timestamps", in: "Platform"),

        // One Swift module over one C library each
        module("Kafka", in: "Drivers", uses: ["CRdKafka", "Headers"]),
        module("HTTPServer", in: "Drivers", uses: ["CLinux"]),
        module("HTTPClient", in: "Drivers", uses: ["CCurl", "CLinux"]),
        module("SQLite", in: "Drivers", uses: ["CSQLite", "ConnectionThreads", "Deadlines"]),
        module("PostgreSQL", in: "Drivers", uses: ["CPostgreSQL", "ConnectionThreads", "Deadlines", "Masking"]),
        module("Masking", in: "Drivers"),
        module("ConnectionThreads", in: "Drivers", uses: ["CLinux", "Deadlines"]),
        module("Crypto", in: "Drivers", uses: ["CCrypto"]),
        module("Gzip", in: "Drivers", uses: ["CZlib"]),
        library("CRdKafka", pkgConfig: "rdkafka", apt: "librdkafka-dev", brew: "librdkafka"),
        .systemLibrary(name: "CLinux", path: "Sources/Drivers/CLinux"),
        library("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev", brew: "curl"),
        library("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev", brew: "sqlite3"),
        library("CPostgreSQL", pkgConfig: "libpq", apt: "libpq-dev", brew: "libpq"),
        library("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev", brew: "zlib"),
        library("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev", brew: "openssl@3"),

        // A real Kafka for the tests that need one: KAFKA_HOME, or they are skipped and say so
        .target(name: "TestBroker", path: "Tests/TestBroker", swiftSettings: strict),
        .target(
            name: "TestDatabase", dependencies: ["SQLite", "PostgreSQL"], path: "Tests/TestDatabase",
            swiftSettings: strict),
        tests("Kafka", uses: ["TestBroker", "CRdKafka", "Headers"]),
        // What the parser's comparison with others asks; no part of the product
        .executableTarget(
            name: "HTTPReport", dependencies: ["HTTPServer"], path: "Tests/HTTPReport", swiftSettings: strict),
        tests("HTTPServer", uses: []),
        tests("HTTPClient", uses: ["HTTPServer"]),
        tests("SQLite", uses: []),
        tests("PostgreSQL", uses: ["TestBroker", "TestDatabase"]),
        tests("Crypto", uses: []),
        tests("Gzip", uses: []),
        tests("Masking", uses: []),
        tests("JSON", uses: []),
        tests("Arguments", uses: []),
        tests("Telemetry", uses: []),
        tests("Batching", uses: ["Deadlines"]),
        tests("Deadlines", uses: []),
        tests("Pacing", uses: []),
        tests("Progress", uses: []),
        tests("LogTools", uses: ["EventLog", "Headers", "JSON", "Timestamps"]),
        tests("Identifiers", uses: []),
        tests("Timestamps", uses: []),
        tests(
            "EventLog", uses: ["TestBroker", "TestDatabase", "Headers", "Kafka", "CRdKafka", "SQLite", "Timestamps"]),
        tests("Headers", uses: []),
        tests("ExactText", uses: []),
        tests("VisibleText", uses: []),
        tests(
            "Identity",
            uses: [
                "TestDatabase", "EventLog", "Inventory", "Orders", "Identifiers", "PostgreSQL", "ServiceHost",
                "Telemetry",
            ]),
        tests(
            "Outbox",
            uses: [
                "TestDatabase", "ExactText", "EventLog", "Headers", "SQLite", "PostgreSQL", "Telemetry", "Timestamps",
                "Identifiers",
            ]),
        tests(
            "Inbox",
            uses: ["TestDatabase", "EventLog", "Headers", "SQLite", "PostgreSQL", "Telemetry", "Identifiers"]),
        tests(
            "ServiceHost",
            uses: [
                "TestDatabase", "ConnectionThreads", "HTTPServer", "HTTPClient", "JSON", "PostgreSQL", "SQLite",
                "Telemetry",
                "Timestamps",
            ]),
        tests(
            "Events", uses: ["EventLog", "Headers", "JSON", "Identifiers", "Timestamps"], resources: []),
        tests("InventoryAPI", uses: ["JSON", "Identifiers", "Events"]),
        tests(
            "Orders",
            uses: [
                "TestDatabase", "PostgreSQL", "ExactText", "Events", "EventLog", "InventoryAPI", "Outbox",
                "ServiceHost",
                "HTTPServer", "HTTPClient", "JSON", "SQLite", "Telemetry", "Identifiers", "Timestamps",
            ]),
        tests(
            "Inventory",
            uses: [
                "TestDatabase", "Inbox", "PostgreSQL", "Events", "EventLog", "Idempotency", "InventoryAPI", "Outbox",
                "ServiceHost", "SQLite",
                "JSON", "Identifiers", "Timestamps",
            ]),
        tests(
            "Notifications",
            uses: [
                "TestDatabase", "Inbox", "PostgreSQL", "ExactText", "Events", "ServiceHost", "SQLite", "Telemetry",
                "Identifiers",
                "Timestamps",
            ]),
        tests(
            "Application",
            uses: [
                "TestDatabase", "Arguments", "LogTools", "Events", "EventLog", "Identity", "HTTPClient", "JSON",
                "SQLite",
                "ServiceHost", "Telemetry",
            ]),
        .testTarget(
            name: "SystemTests",
            dependencies: [
                "orderlog", "TestBroker", "TestDatabase", "Kafka", "EventLog", "Headers", "Events", "HTTPClient",
                "ServiceHost", "SQLite", "Crypto",
            ],
            path: "Tests/SystemTests", swiftSettings: strict),
    ]
)
