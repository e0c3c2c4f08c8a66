import Arguments
import Testing

@Suite struct ExecuteTests {
    @Test(
        arguments: [
            (["up"], 0), (["serve", "order"], 2), (["serve", "inventory"], 64), (["tail", "orders"], 1),
            (["nothing"], 64),
            (["--version"], 0),
        ] as [([String], Int32)])
    func answersTheExitCode(line: [String], code: Int32) async {
        #expect(await program.execute(arguments: line, environment: [:]) == code)
    }
}
