import TestBroker
import TestProcess

/// A shop for one test, on a broker of its own where it needs one.
func withShop(
    _ log: Shop.Log, environment: [String: String] = [:], _ body: (Shop) async throws -> Void
) async throws {
    try await withShop(log, isProxied: false, environment: environment) { shop, _ in try await body(shop) }
}

/// The same, with a proxy before inventory where it is asked for, and with its broker.
func withShop(
    _ log: Shop.Log, isProxied: Bool, options: [String] = [], environment: [String: String] = [:],
    _ body: (Shop, TestBroker?) async throws -> Void
) async throws {
    guard log == .kafka else {
        return try await withSlots(1) {
            try await withShop(try await Shop(log, options: options, environment: environment)) {
                try await body($0, nil)
            }
        }
    }
    try await withBroker { broker in
        let shop = try await Shop(
            log, kafka: broker.address, isProxied: isProxied, options: options, environment: environment)
        try await withShop(shop) { try await body($0, broker) }
    }
}

/// A shop that was made otherwise; what its services said is shown when the test fails.
func withShop(_ shop: Shop, _ body: (Shop) async throws -> Void) async throws {
    do {
        try await body(shop)
    } catch {
        for (name, process) in shop.processes { print("--- \(name):\n\(process.errorText.suffix(4_000))") }
        shop.remove()
        throw error
    }
    shop.remove()
}

/// A broker of the test's own.
func withBroker(_ body: (TestBroker) async throws -> Void) async throws {
    try await withSlots(2) { try await withBrokerInPlace(body) }
}

/// The same for a test that has taken the room before: to take more while one holds some could wait for ever.
func withBrokerInPlace(_ body: (TestBroker) async throws -> Void) async throws {
    let broker = try await TestBroker()
    do {
        try await body(broker)
    } catch {
        try await broker.stop()
        throw error
    }
    try await broker.stop()
}

/// Waits for room on the machine.
func withSlots(_ count: Int, _ body: () async throws -> Void) async throws {
    await Slots.machine.take(count)
    defer { Slots.machine.give(count) }
    try await body()
}
