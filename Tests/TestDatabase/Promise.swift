/// One of the things that a contract promises: a test of its own on each implementation, so that one that is broken hides no other.
///
///     @Test(arguments: MyContract.promises) func keeps(_ promise: Promise<MyContract>) async throws {
///         try await promise.check(MyContract(…))
///     }
package struct Promise<Contract: Sendable>: Sendable, CustomStringConvertible {
    package let description: String
    package let check: @Sendable (Contract) async throws -> Void

    package init(_ description: String, _ check: @escaping @Sendable (Contract) async throws -> Void) {
        self.description = description
        self.check = check
    }
}
