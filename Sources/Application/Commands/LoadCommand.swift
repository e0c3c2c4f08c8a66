import Arguments
import Load
import ServiceLife

/// `orderlog load`
enum LoadCommand {
    static func command(_ shutdown: ShutdownSignal) -> Command {
        Command(
            name: "load", summary: "Place many orders, and say what came of them",
            discussion: """
                With --rate each request is due at its time and its time counts from there, whether or not the target keeps up;
                without it each connection sends when it has its answer. At the end: what was accepted, refused and failed, times
                of the request and until the customer was told, what each process used, and whether every accepted order is stored
                and told and stock is conserved. Ctrl-C ends it early, and it still reports.

                Where --inventory is given, products that are absent are made and their stock is filled up to --stock: this is for a
                shop of its own, not for one that sells. Nobody else may order meanwhile.

                Exits 0 when every request was answered, with an order or for want of stock, and all that could be looked at holds; 1
                when something failed or disagrees; 130 after Ctrl-C.
                """,
            examples: [
                "orderlog load                                  # at `orderlog up`, 64 connections, 30 s",
                "orderlog load --rate 1000 --duration 1m --data ./data --html load.html",
                "orderlog load --hot LAPTOP --connections 256   # everybody wants one thing",
                "orderlog load --target http://127.0.0.1:9180 --product PROD-001 --idempotent 0",
            ], options: LoadOptions.all
        ) { arguments in
            let settings = try LoadOptions.read(arguments)
            return try await withStop(shutdown) { stop in
                try await LoadRun(settings: settings, arguments: arguments, stop: stop).run()
            }
        }
    }
}
