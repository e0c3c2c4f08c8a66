import Arguments
import Databases
import EventLog
import Foundation
import Identity
import Inventory
import Notifications
import Orders

/// The three services' databases, held by a tool that changes what they belong to.
struct ShopDatabases {
    private let opened: [(database: ShopDatabase, connection: OpenDatabase)]
    var all: [ShopDatabase] { opened.map(\.database) }

    static let options = [
        CommonOptions.database("order"), CommonOptions.database("inventory"), CommonOptions.database("notification"),
        CommonOptions.passwordFile("order-database"), CommonOptions.passwordFile("inventory-database"),
        CommonOptions.passwordFile("notification-database"),
    ]

    /// Those that are there: a file that is not is not made. A SQLite file is held meanwhile, so no service runs on it.
    static func with(
        _ arguments: ParsedArguments, _ body: (ShopDatabases) async throws -> Int32
    ) async throws -> Int32 {
        var opened: [(ShopDatabase, OpenDatabase)] = []
        func closeAll() async { for (_, connection) in opened { await connection.close() } }
        do {
            if let location = try location("order", arguments) {
                let database = try await OrderDatabase.open(location, for: .service)
                opened.append((database.membership, database.connection))
            }
            if let location = try location("inventory", arguments) {
                let database = try await InventoryDatabase.open(location, for: .service)
                opened.append((database.membership, database.connection))
            }
            if let location = try location("notification", arguments) {
                let database = try await NotificationDatabase.open(location, for: .service)
                opened.append((database.membership, database.connection))
            }
            guard !opened.isEmpty else {
                throw Failure(
                    "there is no database in \(arguments.value("data") ?? "./data"): name its folder with --data, or each with --order-database, …"
                )
            }
            let code = try await body(ShopDatabases(opened: opened))
            await closeAll()
            return code
        } catch {
            await closeAll()
            throw error
        }
    }

    private static func location(_ service: String, _ arguments: ParsedArguments) throws -> DatabaseLocation? {
        let location = try CommonOptions.databaseLocation(service, arguments)
        guard case .sqlite(let path) = location, !FileManager.default.fileExists(atPath: path) else { return location }
        guard arguments.value("\(service)-database") == nil else { throw Failure("there is no database at \(path)") }
        return nil
    }
}
