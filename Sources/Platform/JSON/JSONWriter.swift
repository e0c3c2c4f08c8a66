/// Writes a document into memory of its own. Commas come by themselves; that keys and values alternate in an object is
/// the caller's part.
package struct JSONWriter: ~Copyable {
    private var memory: UnsafeMutableRawBufferPointer
    private var count = 0
    private var needsComma = false

    /// `capacity` in bytes: a guess that saves growing.
    package init(capacity: Int = 512) {
        memory = .allocate(byteCount: max(capacity, 64), alignment: 8)
    }

    deinit { memory.deallocate() }

    package consuming func finish() -> [UInt8] {
        [UInt8](UnsafeRawBufferPointer(rebasing: memory[..<count]))
    }

    // MARK: - Objects and arrays

    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "{"))
        body(&self)
        close(UInt8(ascii: "}"))
    }

    package mutating func array(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "["))
        body(&self)
        close(UInt8(ascii: "]"))
    }

    /// A name that needs no escapes.
    package mutating func key(_ name: StaticString) {
        beginValue(name.utf8CodeUnitCount + 3)
        put(UInt8(ascii: "\""))
        putBytes(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        put(UInt8(ascii: "\""))
        put(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func key(string name: String) {
        string(name)
        reserve(1)
        put(UInt8(ascii: ":"))
        needsComma = false
    }

    // MARK: - Values

    package mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(utf8: UnsafeRawBufferPointer($0)) }
    }

    /// Text whose bytes are known to be UTF-8.
    package mutating func string(utf8: UnsafeRawBufferPointer) {
        // Every byte can become \u00XX.
        beginValue(6 * utf8.count + 2)
        put(UInt8(ascii: "\""))
        putEscaped(utf8)
        put(UInt8(ascii: "\""))
        needsComma = true
    }

    package mutating func int(_ number: Int64) {
        beginValue(20)
        var magnitude = number.magnitude
        if number < 0 { put(UInt8(ascii: "-")) }
        var digits = 1
        var power: UInt64 = 10
        while digits < 20, magnitude >= power {
            digits += 1
            let (next, overflow) = power.multipliedReportingOverflow(by: 10)
            if overflow { break }
            power = next
        }
        for place in stride(from: digits - 1, through: 0, by: -1) {
            memory[count + place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
            magnitude /= 10
        }
        count += digits
        needsComma = true
    }

    package mutating func bool(_ value: Bool) { word(value ? "true" : "false") }

    package mutating func null() { word("null") }

    /// A value that is JSON already.
    package mutating func raw(_ json: [UInt8]) {
        beginValue(json.count)
        json.withUnsafeBytes { putBytes($0) }
        needsComma = true
    }

    /// Ends a document, and its line: what follows is the next document of NDJSON.
    package mutating func endLine() {
        reserve(1)
        put(UInt8(ascii: "\n"))
        needsComma = false
    }

    // MARK: - Members

    package mutating func field(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    /// nil is written as null.
    package mutating func field(_ name: StaticString, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    package mutating func field(_ name: StaticString, _ value: Int64) {
        key(name)
        int(value)
    }

    package mutating func field(_ name: StaticString, _ value: Int) { field(name, Int64(value)) }

    package mutating func field(_ name: StaticString, _ value: Bool) {
        key(name)
        bool(value)
    }

    // MARK: - Bytes

    private mutating func open(_ bracket: UInt8) {
        beginValue(1)
        put(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        reserve(1)
        put(bracket)
        needsComma = true
    }

    private mutating func word(_ word: StaticString) {
        beginValue(word.utf8CodeUnitCount)
        putBytes(UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        needsComma = true
    }

    /// A comma where one is due, and room for `bytes` more.
    private mutating func beginValue(_ bytes: Int) {
        reserve(bytes + 1)
        if needsComma { put(UInt8(ascii: ",")) }
    }

    private mutating func reserve(_ bytes: Int) {
        guard count + bytes > memory.count else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(memory.count * 2, count + bytes), alignment: 8)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
        memory.deallocate()
        memory = larger
    }

    private mutating func put(_ byte: UInt8) {
        memory[count] = byte
        count += 1
    }

    private mutating func putBytes(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
        count += bytes.count
    }

    private mutating func putEscaped(_ bytes: UnsafeRawBufferPointer) {
        var position = 0
        while true {
            let end = PlainText.end(in: bytes, from: position)
            putBytes(UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
            guard end < bytes.count else { return }
            position = end + 1
            let byte = bytes[end]
            // Only what is beyond ASCII, which stands for itself too.
            guard byte < 0x80 else {
                put(byte)
                continue
            }
            put(UInt8(ascii: "\\"))
            switch byte {
            case 0x08: put(UInt8(ascii: "b"))
            case 0x09: put(UInt8(ascii: "t"))
            case 0x0A: put(UInt8(ascii: "n"))
            case 0x0C: put(UInt8(ascii: "f"))
            case 0x0D: put(UInt8(ascii: "r"))
            case 0..<0x20:
                put(UInt8(ascii: "u"))
                put(UInt8(ascii: "0"))
                put(UInt8(ascii: "0"))
                put(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
                let low = byte & 0xF
                put(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
            default: put(byte)
            }
        }
    }
}
