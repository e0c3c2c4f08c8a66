import PostgreSQL
package import Shop
import Timestamps

extension PostgreSQLInventoryStore: StockStanding {
    package func held() async throws -> HeldStock {
        try await database.read { connection in
            try connection.run(StockStandingSQL.held).first {
                HeldStock(count: Int($0.int(0)), since: $0.optionalInt(1).map { Timestamp(milliseconds: $0) })
            } ?? HeldStock()
        }
    }

    package func levels() async throws -> [StockStatus: Int] {
        try await database.read { connection in
            try connection.run(StockStandingSQL.levels).first {
                StockStandingSQL.levels(all: $0.int(0), out: $0.int(1), low: $0.int(2))
            } ?? [:]
        }
    }
}
