/// What a JSON value must be: as much of JSON Schema (draft 2020-12, which OpenAPI 3.1 and AsyncAPI 3 use) as our own
/// documents say. It describes; what comes in is checked by whoever reads it, by the same constants.
package struct JSONSchema: Sendable, Equatable {
    package indirect enum Shape: Sendable, Equatable {
        case object([Property], others: Others)
        /// `count`: how many there are; nil: any number.
        case array(of: JSONSchema, count: ClosedRange<Int>?)
        case string(TextRules)
        case integer(ClosedRange<Int64>)
        case boolean
        case null
        /// Whatever JSON has.
        case anything
        /// Exactly one of these fits.
        case oneOf([JSONSchema])
        /// Stands under a name of its own among a document's schemas, and is referred to by it.
        case named(String, JSONSchema)
    }

    /// A member of an object.
    package struct Property: Sendable, Equatable {
        package var name: String
        package var schema: JSONSchema
        package var isRequired: Bool

        package static func required(_ name: String, _ schema: JSONSchema) -> Property {
            Property(name: name, schema: schema, isRequired: true)
        }

        package static func optional(_ name: String, _ schema: JSONSchema) -> Property {
            Property(name: name, schema: schema, isRequired: false)
        }
    }

    /// Members of an object that its schema does not name.
    package enum Others: Sendable, Equatable {
        /// They are passed over: what later versions add breaks nobody who reads.
        case open
        /// `additionalProperties: false`.
        case closed
        /// Names are free, or as `names` has them, and each value is one of these; at most `most` in all, the named ones among them.
        case each(JSONSchema, names: JSONSchema? = nil, most: Int? = nil)
    }

    /// What a text must be like.
    package struct TextRules: Sendable, Equatable {
        /// Unicode scalars, which is what JSON Schema counts.
        package var length: ClosedRange<Int>?
        /// A regular expression of ECMA-262; it holds of the whole text only with `^` and `$`.
        package var pattern: String?
        /// `uuid`, `date-time`, `email`, `uri`, `uri-reference`.
        package var format: String?
        /// All values there are; empty: any.
        package var choices: [String] = []
    }

    package var shape: Shape
    /// Whether null will do as well.
    package var isNullable = false
    /// For people; CommonMark.
    package var description: String?
    /// Encoded JSON values.
    package var examples: [[UInt8]] = []
    /// What counts where nothing is given, as an encoded JSON value.
    package var `default`: [UInt8]?

    package init(_ shape: Shape) {
        self.shape = shape
    }
}

// MARK: - Making them

extension JSONSchema {
    package static func object(_ properties: [Property], others: Others = .open) -> JSONSchema {
        precondition(Set(properties.map(\.name)).count == properties.count, "a member is declared twice")
        return JSONSchema(.object(properties, others: others))
    }

    package static func array(of item: JSONSchema, _ count: ClosedRange<Int>? = nil) -> JSONSchema {
        JSONSchema(.array(of: item, count: count))
    }

    /// `length` in Unicode scalars.
    package static func text(
        _ length: ClosedRange<Int>? = nil, pattern: String? = nil, format: String? = nil
    ) -> JSONSchema {
        JSONSchema(.string(TextRules(length: length, pattern: pattern, format: format)))
    }

    package static func choice(_ words: [String]) -> JSONSchema {
        JSONSchema(.string(TextRules(choices: words)))
    }

    package static func integer(_ range: ClosedRange<Int64>) -> JSONSchema { JSONSchema(.integer(range)) }

    package static var boolean: JSONSchema { JSONSchema(.boolean) }
    package static var null: JSONSchema { JSONSchema(.null) }
    package static var anything: JSONSchema { JSONSchema(.anything) }

    /// A UUID (RFC 9562), in small letters and with hyphens.
    package static var uuid: JSONSchema { .text(format: "uuid") }
    /// A time stamp of RFC 3339.
    package static var dateTime: JSONSchema { .text(format: "date-time") }

    package static func oneOf(_ schemas: [JSONSchema]) -> JSONSchema { JSONSchema(.oneOf(schemas)) }

    /// `schema` under a name; two schemas of one document that have one name are one schema.
    package static func named(_ name: String, _ schema: JSONSchema) -> JSONSchema {
        JSONSchema(.named(name, schema))
    }

    // MARK: - Saying more

    package var orNull: JSONSchema {
        var schema = self
        schema.isNullable = true
        return schema
    }

    /// With words for people.
    package func described(_ description: String) -> JSONSchema {
        var schema = self
        schema.description = description
        return schema
    }

    /// With an example that is a text.
    package func example(_ text: String) -> JSONSchema {
        var schema = self
        schema.examples.append(Self.json(text))
        return schema
    }

    package func example(_ number: Int64) -> JSONSchema {
        var schema = self
        schema.examples.append(Array(String(number).utf8))
        return schema
    }

    package func byDefault(_ number: Int64) -> JSONSchema {
        var schema = self
        schema.default = Array(String(number).utf8)
        return schema
    }
}
