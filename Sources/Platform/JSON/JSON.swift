/// Reads JSON (RFC 8259), strictly and in one pass; `JSONWriter` writes it.
package enum JSON {
    /// Reads one document: `body` reads the root value and answers nil only where it noted a field error.
    ///
    /// Throws `.syntax` for what is no JSON, else `.fields` with every field error that was noted. `depth`: how deep the
    /// document is to stand within another one. `isOpen`: what nobody reads in it may be any JSON, however deep, with names
    /// that come twice, as in an event whose writer is newer than we are. `members`: those that there may be, others are field errors.
    package static func read<Value>(
        _ bytes: [UInt8], depth: Int = 0, isOpen: Bool = false, members: JSONMembers? = nil,
        _ body: (inout JSONReader) throws -> Value?
    ) throws(JSONReadError) -> Value {
        try bytes.withUnsafeBytes { result(of: $0, depth: depth, isOpen: isOpen, members: members, body) }.get()
    }

    /// The same where a document stands in memory of someone else's.
    package static func read<Value>(
        _ bytes: UnsafeRawBufferPointer, _ body: (inout JSONReader) throws -> Value?
    ) throws(JSONReadError) -> Value {
        try result(of: bytes, depth: 0, isOpen: false, members: nil, body).get()
    }

    private static func result<Value>(
        of bytes: UnsafeRawBufferPointer, depth: Int, isOpen: Bool, members: JSONMembers?,
        _ body: (inout JSONReader) throws -> Value?
    ) -> Result<Value, JSONReadError> {
        var reader = JSONReader(bytes, depth: depth, isOpen: isOpen, members: members)
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

/// Why a document was not read.
package enum JSONReadError: Error, Sendable, Equatable {
    case syntax(JSONSyntaxError)
    case fields([JSONFieldError])

    /// For people, in one line. `document`: what to call that which is wrong as a whole, "the data".
    package func text(of document: String) -> String {
        switch self {
        case .syntax(let error): "no JSON: \(error.message) at byte \(error.offset)"
        case .fields(let errors):
            errors.map { "\($0.field.isEmpty ? document : $0.field) \($0.message)" }.joined(separator: "; ")
        }
    }
}
