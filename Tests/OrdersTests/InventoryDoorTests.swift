import ServiceLife
import Testing

@testable import HTTPClient
@testable import Orders

/// Which door is entered, by what the doors answer; without a network.
@Suite struct InventoryDoorTests {
    private static let told = "http://127.0.0.1:8081"
    private static let inside = "http://127.0.0.1:9081"

    private static let done = HTTPClientResponse(status: 200, head: [], body: [])
    private static func refused(_ body: String) -> HTTPClientResponse {
        HTTPClientResponse(status: 404, head: [], body: Array(body.utf8))
    }
    /// What a public door answers that says where the inside one is.
    private static let moved = refused(#"{"type":"https://shop/problems/inside-door","inside_port":9081}"#)
    private static let gone = HTTPClientError(.notProcessed, "refused")
    private static let lost = HTTPClientError(.unknown, "no answer")

    private typealias Answers = [String: Result<HTTPClientResponse, HTTPClientError>]

    /// Makes a call; answers where it was made, in order, and its status, or 0 where it failed.
    private static func enter(_ door: InventoryDoor, _ answers: Answers) async -> (asked: [String], status: Int) {
        var asked: [String] = []
        do throws(HTTPClientError) {
            let response = try await door.enter { address throws(HTTPClientError) in
                asked.append(address.base)
                return try (answers[address.base] ?? .failure(gone)).get()
            }
            return (asked, response.status)
        } catch {
            return (asked, 0)
        }
    }

    private static func expect(
        _ door: InventoryDoor, _ answers: Answers, _ asked: [String], _ status: Int,
        _ location: SourceLocation = #_sourceLocation
    ) async {
        let result = await enter(door, answers)
        #expect(result.asked == asked && result.status == status, sourceLocation: location)
    }

    @Test func theDoorThatWeWereToldIsEntered() async {
        let door = InventoryDoor(ServiceAddress(url: Self.told))
        await Self.expect(door, [Self.told: .success(Self.done)], [Self.told], 200)
        #expect(door.complaint == nil && door.address.base == Self.told)
    }

    @Test func theInsideDoorIsFoundOnceAndRemembered() async {
        let door = InventoryDoor(ServiceAddress(url: Self.told))
        let answers: Answers = [Self.told: .success(Self.moved), Self.inside: .success(Self.done)]
        await Self.expect(door, answers, [Self.told, Self.inside], 200)
        await Self.expect(door, answers, [Self.inside], 200)
        #expect(door.address.base == Self.inside && door.complaint == nil)
    }

    /// An older inventory service may be back, which takes the calls where we were told.
    @Test(arguments: [Result<HTTPClientResponse, HTTPClientError>.failure(gone), .success(refused("{}"))])
    func whereTheInsideDoorIsGoneTheFirstIsLookedAtAgain(
        _ answer: Result<HTTPClientResponse, HTTPClientError>
    ) async {
        let door = InventoryDoor(ServiceAddress(url: Self.told))
        _ = await Self.enter(door, [Self.told: .success(Self.moved), Self.inside: .success(Self.done)])
        await Self.expect(
            door, [Self.told: .success(Self.done), Self.inside: answer], [Self.inside, Self.told], 200)
        #expect(door.address.base == Self.told)
    }

    /// It may have been done there.
    @Test func aCallWhoseFateIsUnknownIsNotMadeElsewhere() async {
        let door = InventoryDoor(ServiceAddress(url: Self.told))
        _ = await Self.enter(door, [Self.told: .success(Self.moved), Self.inside: .success(Self.done)])
        await Self.expect(
            door, [Self.told: .success(Self.done), Self.inside: .failure(Self.lost)], [Self.inside], 0)
        #expect(door.address.base == Self.inside)
    }

    /// Its inside port says nothing of where it is: that would send our token to whoever it names.
    @Test func ofAnotherMachineNoDoorIsFound() async {
        let far = "http://inventory:8081"
        let door = InventoryDoor(ServiceAddress(url: far))
        await Self.expect(door, [far: .success(Self.moved)], [far], 404)
        #expect(door.complaint?.contains("is the inventory service's public door") == true)
        // An answer of both doors tells nothing; one that only the inside door has does.
        await Self.expect(door, [far: .success(Self.done)], [far], 200)
        #expect(door.complaint != nil)
        _ = await Self.enter(door, [far: .success(HTTPClientResponse(status: 422, head: [], body: []))])
        #expect(door.complaint == nil)
    }

    @Test(arguments: ["", "{}", #"{"inside_port":0}"#, #"{"inside_port":70000}"#, #"{"inside_port":"9081"}"#])
    func whatNamesNoPortLeadsNowhere(_ body: String) async {
        let door = InventoryDoor(ServiceAddress(url: Self.told))
        await Self.expect(door, [Self.told: .success(Self.refused(body))], [Self.told], 404)
    }
}
