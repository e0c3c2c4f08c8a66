/// Reads JSON (RFC 8259), strictly and in one pass; `JSONWriter` writes it.
package enum JSON {
    /// Reads one document: `body` reads the root value and answers nil only where it noted a field error.
    ///
    /// Throws `.syntax` for what is no JSON, else `.fields` with every field error that was noted. `depth`: how deep the
    /// document is to stand within another one.
    package static func read<Value>(
        _ bytes: [UInt8], depth: Int = 0, _ body: (inout JSONReader) throws -> Value?
    ) throws(JSONReadError) -> Value {
        try bytes.withUnsafeBytes { result(of: $0, depth: depth, body) }.get()
    }

    /// The same where a document stands in memory of someone else's.
    package static func read<Value>(
        _ bytes: UnsafeRawBufferPointer, _ body: (inout JSONReader) throws -> Value?
    ) throws(JSONReadError) -> Value {
        try result(of: bytes, depth: 0, body).get()
    }

    private static func result<Value>(
        of bytes: UnsafeRawBufferPointer, depth: Int, _ body: (inout JSONReader) throws -> Value?
    ) -> Result<Value, JSONReadError> {
        var reader = JSONReader(bytes, depth: depth)
        do {
            let value = try reader.document(body)
            guard reader.errors.isEmpty, let value else {
                return .failure(.fields(reader.errors))
            }
            return .success(value)
        } catch let error as JSONSyntaxError {
            return .failure(.syntax(error))
        } catch {
            return .failure(.syntax(JSONSyntaxError(offset: reader.position, message: "\(error)")))
        }
    }
}

/// What is no JSON.
package struct JSONSyntaxError: Error, Sendable, Equatable {
    /// Bytes from the start of the document.
    package let offset: Int
    package let message: String

    package init(offset: Int, message: String) {
        self.offset = offset
        self.message = message
    }
}

/// JSON whose shape or value is not what was asked for.
package struct JSONFieldError: Error, Sendable, Equatable {
    /// `items[0].quantity`; empty for the document itself.
    package let field: String
    package let message: String

    package init(field: String, message: String) {
        self.field = field
        self.message = message
    }
}

package enum JSONReadError: Error, Sendable, Equatable {
    case syntax(JSONSyntaxError)
    case fields([JSONFieldError])
}
