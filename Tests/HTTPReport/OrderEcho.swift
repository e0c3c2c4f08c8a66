import HTTPServer
import JSON

/// Parses an order, writes it again and answers with it, and does nothing else: what `make bench` holds against a server in C that
/// does the same. Two programs differ by what they do with an order, so that is left out here.
enum OrderEcho {
    static func answer(_ request: HTTPRequest) -> HTTPResponse {
        do throws(JSONReadError) {
            let body: [UInt8] = try JSON.read(request.body) { json in
                var order = JSONWriter()
                try copy(&json, to: &order)
                return order.finish()
            }
            return HTTPResponse(status: 201, headers: [("Content-Type", "application/json")], body: body)
        } catch {
            return HTTPResponse(status: 400, headers: [], body: Array(error.text(of: "the order").utf8))
        }
    }

    private static func copy(_ json: inout JSONReader, to order: inout JSONWriter) throws {
        var customer: (name: String?, email: String?, phone: String?) = (nil, nil, nil)
        var lines: [(product: String, quantity: Int64)] = []
        _ = try json.object { key, json in
            switch key {
            case "customer":
                _ = try json.object { key, json in
                    switch key {
                    case "name": customer.name = try json.string()
                    case "email": customer.email = try json.string()
                    case "phone": customer.phone = try json.string()
                    default: try json.skip()
                    }
                }
            case "items":
                _ = try json.array(count: 1...1_000) { json in
                    var (product, quantity) = ("", Int64(0))
                    _ = try json.object { key, json in
                        switch key {
                        case "product_id": product = try json.string() ?? ""
                        case "quantity": quantity = try json.int(in: 1...1_000_000) ?? 0
                        default: try json.skip()
                        }
                    }
                    lines.append((product, quantity))
                }
            default: try json.skip()
            }
        }
        write(customer, lines, to: &order)
    }

    private static func write(
        _ customer: (name: String?, email: String?, phone: String?), _ lines: [(product: String, quantity: Int64)],
        to order: inout JSONWriter
    ) {
        order.object { json in
            json.key("customer")
            json.object { json in
                json.field("name", customer.name)
                json.field("email", customer.email)
                if let phone = customer.phone { json.field("phone", phone) }
            }
            json.key("items")
            json.array { json in
                for line in lines {
                    json.object { json in
                        json.field("product_id", line.product)
                        json.field("quantity", line.quantity)
                    }
                }
            }
        }
    }
}
