// swift-tools-version: 6.2
import PackageDescription

/// A release is optimised over the borders of modules: generic code is made for the types that it is used with, and small functions
/// go where they are called. By itself the optimiser sees only what is `public`; with the first flag it takes `package` and
/// `internal` for that, too. See docs/decisions/across-modules.md.
let acrossModules = SwiftSetting.unsafeFlags(
    ["-enable-testing", "-cross-module-optimization"], .when(configuration: .release))

/// In a release nobody watches at run time that two do not change one variable of a driver's object at once: of all these objects one
/// thread each is the owner. Tests, which are debug builds, do. See docs/decisions/across-modules.md.
let unwatched = SwiftSetting.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))

// Every target speaks the same strict dialect. CI adds -warnings-as-errors on the command line, so that a newer
// compiler's new warning never stops a user's build.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    acrossModules,
]

/// Nobody bends a call of a library's function by writing where its address is kept: all are found as the program starts, and what
/// holds them is read-only from then on. `.ci/hardened` looks at what came of it.
let hardened: [LinkerSetting] = [
    .unsafeFlags(
        ["-Xlinker", "-z", "-Xlinker", "relro", "-Xlinker", "-z", "-Xlinker", "now"], .when(platforms: [.linux]))
]

/// A Swift module of ours at `folder/name`, and what it may import.
func module(
    _ name: String, in folder: String, uses dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/\(folder)/\(name)", resources: resources,
        swiftSettings: folder == "Drivers" ? strict + [unwatched] : strict)
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
            name: "orderlog", dependencies: ["Application", "ServiceLife"], path: "Sources/orderlog",
            swiftSettings: strict, linkerSettings: hardened),
        .target(
            name: "Application",
            dependencies: [
                "AccessKeys", "FollowedFiles", "Orders", "Inventory", "Notifications", "Console", "Audit", "LogTools",
                "Replay", "PersonalData",
                "Shop",
                "Events",
                "EventLog", "Headers", "Idempotency", "Causes", "Identity",
                "Load", "Status", "ShopClient", "Demo", "CLinux",
                "Outbox", "Inbox", "Masking", "Pacing", "Progress", "ExactText", "VisibleText", "Identifiers",
                "Timestamps",
                "JSON", "Databases", "HTTPAPI", "OpenAPI", "ServiceLife", "Telemetry", "Arguments", "Kafka",
                "HTTPServer",
                "HTTPClient", "SQLite",
                "PostgreSQL", "Crypto", "Tracing", "MailFormat", "SMTP",
            ], path: "Sources/Application", swiftSettings: strict),

        // What operators run
        module(
            "Audit", in: "Operations",
            uses: [
                "ExactText", "VisibleText", "Orders", "Inventory", "Notifications", "Shop", "Events", "EventLog",
                "Outbox",
                "Inbox", "Progress", "JSON",
                "Identifiers", "Timestamps", "SQLite",
            ]),

        module(
            "ShopClient", in: "Operations",
            uses: ["HTTPAPI", "HTTPClient", "JSON", "Shop", "Timestamps", "VisibleText"]),
        module(
            "Demo", in: "Operations",
            uses: ["Identifiers", "JSON", "Load", "Pacing", "Shop", "ShopClient"]),
        module(
            "Load", in: "Operations",
            uses: ["CLinux", "ConnectionThreads", "HTTPClient", "Identifiers", "JSON", "Timestamps"]),

        module("Status", in: "Operations", uses: ["HTTPClient", "JSON", "ServiceLife"]),
        module(
            "Replay", in: "Operations",
            uses: [
                "ExactText", "VisibleText", "Inventory", "Notifications", "Shop", "Events", "EventLog", "Inbox",
                "LogTools",
                "Progress",
                "Telemetry",
                "JSON",
                "Identifiers",
            ]),

        module(
            "PersonalData", in: "Operations",
            uses: [
                "ExactText", "Orders", "Notifications", "Idempotency", "Shop", "Events", "EventLog", "Headers",
                "LogTools", "Outbox", "Databases", "JSON", "Identifiers", "Timestamps",
            ]),

        // The shop
        module(
            "Orders", in: "Services",
            uses: [
                "ExactText", "Shop", "Events", "InventoryAPI", "Identity", "Outbox", "Batching",
                "Causes", "Idempotency",
                "Pacing",
                "Databases", "HTTPAPI", "ServiceLife",
                "Telemetry", "JSON", "JSONSchema", "Identifiers", "Timestamps", "HTTPServer", "HTTPClient", "SQLite",
                "PostgreSQL", "SharedWork", "Tracing",
            ]),
        module(
            "Inventory", in: "Services",
            uses: [
                "ExactText", "Shop", "Events", "InventoryAPI", "EventLog", "Identity", "Outbox", "Inbox", "Batching",
                "Causes", "Idempotency",
                "Databases", "HTTPAPI", "ServiceLife",
                "Telemetry", "JSON", "JSONSchema", "Identifiers", "Timestamps", "HTTPServer", "SQLite", "PostgreSQL",
                "Tracing",
            ]),
        module(
            "Notifications", in: "Services",
            uses: [
                "ExactText", "Shop", "Events", "EventLog", "Identity", "Inbox", "Outbox", "Idempotency", "Pacing",
                "Databases",
                "HTTPAPI", "ServiceLife",
                "Telemetry", "JSON", "JSONSchema",
                "Identifiers", "Timestamps", "HTTPServer", "SQLite", "PostgreSQL", "Crypto", "Causes", "Tracing",
                "HTTPClient", "MailFormat", "SMTP",
            ]),
        // Its pages are in the program, so that it finds them wherever that is copied.
        module(
            "Console", in: "Services",
            uses: [
                "Crypto", "Shop", "Events", "EventLog", "LogTools", "Headers", "Databases", "Deadlines", "Identity",
                "Idempotency", "HTTPAPI",
                "ServiceLife",
                "Telemetry", "JSON", "JSONSchema", "Identifiers", "Timestamps", "HTTPServer", "HTTPClient",
            ], resources: [.embedInCode("Pages")]),
        // What reads and mends the log: the tools' and the console's
        module(
            "LogTools", in: "Services",
            uses: [
                "ExactText", "VisibleText", "Shop", "Events", "EventLog", "Headers", "Identifiers", "Inbox", "Gzip",
                "JSON",
                "Timestamps",
            ]),
        module(
            "Events", in: "Services",
            uses: ["Causes", "Shop", "EventLog", "Identity", "JSON", "ExactText", "Identifiers", "Timestamps"]),
        module(
            "EventContract", in: "Services",
            uses: ["Causes", "Shop", "Events", "EventLog", "Identity", "JSON", "JSONSchema"]),
        module(
            "InventoryAPI", in: "Services", uses: ["Causes", "Shop", "HTTPAPI", "JSON", "JSONSchema", "Identifiers"]),
        // The words that all of them use
        module(
            "Shop", in: "Services",
            uses: ["JSON", "JSONSchema", "ExactText", "VisibleText", "Identifiers", "Timestamps"]),

        // What every service stands on
        module(
            "EventLog", in: "Platform",
            uses: [
                "Causes", "ExactText", "Headers", "Pacing", "Kafka", "SQLite", "JSON", "Crypto", "Identifiers",
                "Timestamps", "Telemetry",
            ]),
        module("Causes", in: "Platform"),
        module("ExactText", in: "Platform"),
        module("VisibleText", in: "Platform"),
        module(
            "Identity", in: "Platform",
            uses: ["EventLog", "Pacing", "Telemetry", "SQLite", "PostgreSQL", "JSON", "Identifiers"]),
        module(
            "Outbox", in: "Platform",
            uses: [
                "Causes", "Pacing", "ExactText", "EventLog", "SQLite", "PostgreSQL", "Telemetry", "Identifiers",
                "Timestamps", "Tracing",
            ]),
        module(
            "Inbox", in: "Platform",
            uses: [
                "Pacing", "EventLog", "Headers", "SQLite", "PostgreSQL", "Telemetry", "Identifiers", "Timestamps",
                "Crypto", "Tracing",
            ]),
        module("RateLimits", in: "Platform"),
        module("Batching", in: "Platform", uses: ["Deadlines", "EventLoops", "SharedWork"]),
        module("Progress", in: "Platform"),
        module("Pacing", in: "Platform", uses: ["ConnectionThreads", "Timestamps"]),
        module(
            "Databases", in: "Platform",
            uses: ["ConnectionThreads", "Deadlines", "Pacing", "SQLite", "PostgreSQL", "Telemetry"]),
        module(
            "HTTPAPI", in: "Platform",
            uses: [
                "Batching", "Causes", "ConnectionThreads", "Crypto", "Databases", "Deadlines", "Gzip", "HTTPServer",
                "Idempotency", "JSON", "JSONSchema", "PostgreSQL", "SharedWork", "SQLite", "Telemetry",
                "Timestamps", "Tracing",
            ]),
        module(
            "AccessKeys", in: "Platform",
            uses: ["Causes", "Crypto", "FollowedFiles", "HTTPAPI", "Telemetry", "Timestamps"]),
        module("FollowedFiles", in: "Platform", uses: ["ConnectionThreads", "Telemetry"]),
        module("OpenAPI", in: "Platform", uses: ["HTTPAPI", "HTTPServer", "JSON", "JSONSchema"]),
        module(
            "ServiceLife", in: "Platform",
            uses: [
                "CLinux", "ConnectionThreads", "Crypto", "Databases", "Deadlines", "HTTPAPI", "HTTPServer", "JSON",
                "FollowedFiles", "JSONSchema", "Masking", "OpenAPI", "Pacing", "RateLimits",
                "Telemetry", "Timestamps", "Tracing",
            ]),
        module(
            "Idempotency", in: "Platform",
            uses: ["SQLite", "PostgreSQL", "Crypto", "ExactText", "Identifiers", "Timestamps"]),
        module(
            "Telemetry", in: "Platform", uses: ["CLinux", "ConnectionThreads", "Masking", "VisibleText", "Timestamps"]),
        module("Tracing", in: "Platform", uses: ["Gzip", "HTTPClient", "Pacing", "SharedWork", "Telemetry"]),
        module("Arguments", in: "Platform", uses: ["Masking", "Spelling", "VisibleText"]),
        module("JSON", in: "Platform", uses: ["Spelling"]),
        module("JSONSchema", in: "Platform", uses: ["JSON"]),
        module("Spelling", in: "Platform"),
        module("Identifiers", in: "Platform"),
        module("Timestamps", in: "Platform"),
        module("MailFormat", in: "Platform", uses: ["Crypto", "Timestamps"]),

        // One Swift module over one C library each, and what several of them stand on; none imports what is above
        module("Kafka", in: "Drivers", uses: ["CRdKafka", "Headers"]),
        module("EventLoops", in: "Drivers", uses: ["CLinux"]),
        module("HTTPServer", in: "Drivers", uses: ["CLinux", "EventLoops"]),
        module("HTTPClient", in: "Drivers", uses: ["CCurl", "CLinux", "EventLoops"]),
        module("SMTP", in: "Drivers", uses: ["CCurl", "ConnectionThreads"]),
        module("SQLite", in: "Drivers", uses: ["CSQLite", "ConnectionThreads", "Deadlines", "SharedWork"]),
        module("PostgreSQL", in: "Drivers", uses: ["CPostgreSQL", "ConnectionThreads", "Deadlines", "Masking"]),
        module("Masking", in: "Drivers"),
        module("Headers", in: "Drivers"),
        module("Deadlines", in: "Drivers"),
        module("SharedWork", in: "Drivers"),
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
        .systemLibrary(name: "CSpawn", path: "Tests/CSpawn"),
        .target(name: "TestProcess", dependencies: ["CSpawn"], path: "Tests/TestProcess", swiftSettings: strict),
        .target(
            name: "TestBroker", dependencies: ["TestProcess"], path: "Tests/TestBroker", swiftSettings: strict),
        .target(
            name: "TestDatabase", dependencies: ["TestProcess", "SQLite", "PostgreSQL", "Deadlines"],
            path: "Tests/TestDatabase",
            swiftSettings: strict),
        .target(
            name: "TestClock", dependencies: ["Pacing", "Timestamps"], path: "Tests/TestClock", swiftSettings: strict),
        .target(
            name: "TestLog", dependencies: ["EventLog", "Timestamps"], path: "Tests/TestLog", swiftSettings: strict),
        .target(
            name: "TestTelemetry", dependencies: ["Telemetry"], path: "Tests/TestTelemetry", swiftSettings: strict),
        tests("Kafka", uses: ["TestBroker", "CRdKafka", "Headers"]),
        // What the parser's comparison with others asks, and `make bench`; no part of the product
        .executableTarget(
            name: "HTTPReport", dependencies: ["HTTPServer", "JSON"], path: "Tests/HTTPReport", swiftSettings: strict),
        tests("EventLoops", uses: []),
        tests("HTTPServer", uses: []),
        tests("HTTPClient", uses: ["HTTPServer"]),
        .target(
            name: "TestReceivers", dependencies: ["TestProcess"], path: "Tests/TestReceivers", swiftSettings: strict),
        tests("SMTP", uses: ["TestBroker", "TestReceivers"]),
        tests("MailFormat", uses: ["TestProcess", "Timestamps"]),
        tests("SQLite", uses: ["CSQLite", "ConnectionThreads", "Deadlines", "SharedWork", "TestProcess"]),
        tests("PostgreSQL", uses: ["ConnectionThreads", "TestProcess", "TestBroker", "TestDatabase"]),
        tests("Crypto", uses: []),
        tests("Idempotency", uses: ["TestDatabase", "SQLite", "PostgreSQL", "Identifiers", "Timestamps"]),
        tests("Gzip", uses: []),
        tests("Masking", uses: []),
        tests("JSON", uses: []),
        tests(
            "EventContract",
            uses: ["Causes", "Events", "EventLog", "ExactText", "Identifiers", "JSON", "Shop", "Timestamps"]),
        tests("JSONSchema", uses: ["JSON"]),
        tests("Arguments", uses: ["TestProcess"]),
        tests("Spelling", uses: []),
        tests("Telemetry", uses: ["ConnectionThreads", "TestTelemetry", "Timestamps"]),
        tests("Tracing", uses: ["HTTPServer", "SharedWork", "Telemetry"]),
        tests("RateLimits", uses: []),
        tests("Batching", uses: ["EventLoops", "SharedWork"]),
        tests("Deadlines", uses: []),
        tests("ConnectionThreads", uses: ["Deadlines"]),
        tests("Pacing", uses: ["ConnectionThreads", "Timestamps"]),
        tests("Progress", uses: []),
        tests(
            "Audit",
            uses: [
                "EventLog", "Events", "ExactText", "Identifiers", "Inventory", "Notifications", "Orders", "Shop",
                "Timestamps",
            ]),
        tests("Load", uses: ["HTTPClient"]),
        tests("Status", uses: []),
        tests("ShopClient", uses: ["HTTPServer", "JSON", "VisibleText"]),
        tests("Demo", uses: ["JSON", "ShopClient"]),
        tests("LogTools", uses: ["Gzip", "EventLog", "TestBroker", "TestLog", "Headers", "JSON", "Timestamps"]),
        tests("Identifiers", uses: []),
        tests("Timestamps", uses: []),
        tests(
            "EventLog",
            uses: ["TestBroker", "TestDatabase", "TestLog", "Headers", "Kafka", "CRdKafka", "Timestamps"]),
        tests("Causes", uses: []),
        tests("Headers", uses: []),
        tests("ExactText", uses: []),
        tests("VisibleText", uses: []),
        tests(
            "Identity",
            uses: [
                "TestDatabase", "TestLog", "EventLog", "Inventory", "Orders", "Identifiers", "PostgreSQL",
                "Databases",
                "Telemetry",
            ]),
        tests(
            "Outbox",
            uses: [
                "Causes", "TestDatabase", "ExactText", "EventLog", "Headers", "SQLite", "PostgreSQL", "Telemetry",
                "TestTelemetry",
                "Timestamps",
                "Identifiers", "Tracing",
            ]),
        tests(
            "Inbox",
            uses: [
                "TestClock", "TestDatabase", "TestLog", "Crypto", "EventLog", "Headers", "SQLite", "PostgreSQL",
                "Telemetry", "TestTelemetry",
                "Identifiers", "Timestamps", "Tracing",
            ]),
        tests("AccessKeys", uses: ["HTTPAPI", "Telemetry", "TestDatabase", "Timestamps"]),
        tests(
            "HTTPAPI",
            uses: [
                "ConnectionThreads", "Databases", "Deadlines", "HTTPServer", "JSON", "JSONSchema", "SQLite",
                "Telemetry", "TestTelemetry",
            ]),
        tests(
            "ServiceLife",
            uses: [
                "TestClock", "TestDatabase", "ConnectionThreads", "Databases", "HTTPAPI", "HTTPServer", "HTTPClient",
                "JSON",
                "JSONSchema",
                "PostgreSQL", "SQLite", "Telemetry", "Timestamps",
            ]),
        tests("Shop", uses: ["ExactText", "JSON", "JSONSchema"]),
        tests(
            "Events", uses: ["Causes", "Shop", "EventLog", "ExactText", "Headers", "Identifiers", "JSON", "Timestamps"]),
        tests("InventoryAPI", uses: ["Shop", "ExactText", "JSON", "Identifiers"]),
        tests(
            "Orders",
            uses: [
                "Causes", "TestBroker", "TestClock", "TestDatabase", "PostgreSQL", "ExactText", "Shop", "Events",
                "EventLog", "InventoryAPI", "Outbox",
                "Databases", "HTTPAPI", "ServiceLife",
                "HTTPServer", "HTTPClient", "Idempotency", "JSON", "JSONSchema", "SQLite", "Telemetry", "Identifiers",
                "Timestamps", "Tracing",
            ]),
        tests(
            "Inventory",
            uses: [
                "Causes", "ExactText", "TestDatabase", "Inbox", "PostgreSQL", "Shop", "Events", "EventLog", "Headers",
                "Idempotency", "JSON",
                "InventoryAPI",
                "Outbox",
                "Databases", "Identifiers", "Timestamps",
            ]),
        tests(
            "Console",
            uses: [
                "TestLog", "EventLog", "Events", "ExactText", "Headers", "HTTPAPI", "HTTPClient", "HTTPServer", "Inbox",
                "Identifiers", "JSON", "LogTools", "ServiceLife", "Shop", "Telemetry", "Timestamps", "Causes",
            ]),
        tests(
            "Notifications",
            uses: [
                "Causes", "TestClock", "TestDatabase", "TestReceivers", "Inbox", "PostgreSQL", "ExactText", "Shop",
                "Events", "Databases", "SQLite", "HTTPClient", "SMTP", "MailFormat",
                "Idempotency", "Telemetry", "TestTelemetry",
                "Identifiers",
                "Timestamps",
            ]),
        tests(
            "Application",
            uses: [
                "HTTPServer", "TestClock", "TestDatabase", "TestLog", "AccessKeys", "Arguments", "Causes", "LogTools",
                "Events",
                "EventLog", "Identifiers", "Identity", "InventoryAPI",
                "HTTPClient", "Inventory", "Notifications", "Timestamps", "JSON", "SQLite", "Databases", "HTTPAPI",
                "Orders", "ServiceLife", "Telemetry", "TestTelemetry",
            ]),
        .testTarget(
            name: "SystemTests",
            dependencies: [
                "orderlog", "Causes", "TestProcess", "TestBroker", "TestDatabase", "TestReceivers", "Kafka", "EventLog",
                "Headers",
                "HTTPClient",
                "Idempotency", "ServiceLife", "SQLite", "Crypto", "Gzip", "Outbox", "ExactText", "Telemetry",
                "Identifiers",
                "Timestamps", "PersonalData", "Orders", "Notifications", "Databases",
            ],
            path: "Tests/SystemTests", swiftSettings: strict),
    ]
)
