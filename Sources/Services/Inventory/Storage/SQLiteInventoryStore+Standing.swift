import SQLite
package import Shop
import Timestamps

extension SQLiteInventoryStore: StockStanding {
    package func held() async throws -> HeldStock {
        try await database.read { connection in
            try connection.first(StockStandingSQL.held, []) {
                HeldStock(count: Int($0.int(0)), since: $0.optionalInt(1).map { Timestamp(milliseconds: $0) })
            } ?? HeldStock()
        }
    }

    package func levels() async throws -> [StockStatus: Int] {
        try await database.read { connection in
            try connection.first(StockStandingSQL.levels, []) {
                StockStandingSQL.levels(all: $0.int(0), out: $0.int(1), low: $0.int(2))
            } ?? [:]
        }
    }
}
