import Headers

/// What a record's headers say of an event, read in one pass: each record of a topic goes through here.
struct EventHeaders {
    /// As text, by the raw values of `EventAttributes.Name`; of a header that comes twice the last. nil: it is missing, null or no UTF-8.
    private(set) var values = [String?](repeating: nil, count: EventAttributes.Name.all.count)
    /// nil as above.
    private(set) var contentType: String?
    private(set) var traceparent: String?
    private(set) var tracestate: String?
    /// The name of one of those that say what an event is, and comes twice.
    private(set) var repeated: String?

    init(_ headers: RecordHeaders) {
        // A bit for each name of an attribute, and one for the content type.
        var seen: UInt32 = 0
        var others = OtherNames()
        headers.forEachBytes { name, value in
            guard let bit = take(name, value) else {
                if repeated == nil, RecordHeaders.begin(name, with: "ce_"), !others.insert(name) {
                    repeated = String(decoding: name, as: UTF8.self)
                }
                return
            }
            if repeated == nil, seen & bit != 0 { repeated = String(decoding: name, as: UTF8.self) }
            seen |= bit
        }
    }

    subscript(_ name: EventAttributes.Name) -> String? { values[name.rawValue] }

    /// Keeps the value; answers the bit of the name, nil for one that is no attribute that is read.
    private mutating func take(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) -> UInt32? {
        if RecordHeaders.begin(name, with: "ce_") {
            let word = UnsafeRawBufferPointer(rebasing: name[3...])
            for attribute in EventAttributes.Name.all where RecordHeaders.are(word, attribute.word) {
                values[attribute.rawValue] = value.flatMap(RecordHeaders.string)
                return 1 << UInt32(attribute.rawValue)
            }
        } else if RecordHeaders.are(name, "content-type") {
            contentType = value.flatMap(RecordHeaders.string)
            return 1 << 31
        } else if RecordHeaders.are(name, "traceparent") {
            traceparent = value.flatMap(RecordHeaders.string)
        } else if RecordHeaders.are(name, "tracestate") {
            tracestate = value.flatMap(RecordHeaders.string)
        }
        return nil
    }
}

/// Names of other attributes, to find one that comes twice.
private struct OtherNames {
    private var few: [[UInt8]] = []
    /// From 16 on a set does it, so that no record costs quadratic time.
    private var many: Set<[UInt8]> = []

    /// Whether it was not there.
    mutating func insert(_ name: UnsafeRawBufferPointer) -> Bool {
        let name = Array(name)
        guard !few.contains(name), !many.contains(name) else { return false }
        if few.count < 16 { few.append(name) } else { many.insert(name) }
        return true
    }
}
