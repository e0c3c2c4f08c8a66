import Arguments
import Console
import HTTPAPI
import Inventory
import JSON
import Notifications
import OpenAPI
import Orders

/// `orderlog openapi order|inventory|notification|console|inside`
enum OpenAPICommand {
    /// By the names that the command has for them. Inventory's inside door has all that the others' have.
    static let descriptions: [(name: String, description: APIDescription)] = [
        ("order", OrderOperations.street), ("inventory", InventoryOperations.street),
        ("notification", NotificationOperations.street), ("console", ConsoleOperations.street),
        ("inside", InventoryOperations.inside),
    ]

    static var command: Command {
        Command(
            name: "openapi", summary: "Print the description of a service's HTTP API (OpenAPI 3.1)",
            discussion: """
                A running service answers the same at /openapi.json. `inside` is inventory's inside door; those of the other \
                services have all of it but /reservations.
                """, examples: ["orderlog openapi order > order.json"],
            arguments: [Positional(name: "API", help: "Which one", choices: descriptions.map(\.name))]
        ) { arguments in
            let name = arguments.positional("API")
            for (_, description) in descriptions.filter({ $0.name == name }) {
                Swift.print(document(description), terminator: "")
            }
            return 0
        }
    }

    /// For people, a line for each value.
    static func document(_ description: APIDescription) -> String {
        String(decoding: JSON.indented(OpenAPIDocument(description).json()), as: UTF8.self)
    }
}
