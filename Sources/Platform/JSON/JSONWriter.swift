/// Writes a document into memory of its own. Commas come by themselves; that keys and values alternate in an object is
/// the caller's part.
package struct JSONWriter: ~Copyable {
    private var memory: UnsafeMutableRawBufferPointer
    /// Bytes that were written so far.
    package private(set) var count = 0
    private var needsComma = false

    /// `capacity` in bytes: a guess that saves growing.
    package init(capacity: Int = 512) {
        memory = .allocate(byteCount: max(capacity, 64), alignment: 8)
    }

    deinit { memory.deallocate() }

    /// The document. That all was closed is the caller's part.
    package consuming func finish() -> [UInt8] {
        [UInt8](UnsafeRawBufferPointer(rebasing: memory[..<count]))
    }

    /// A place between two values of the same object or array.
    package struct Mark {
        fileprivate var count: Int
        fileprivate var needsComma: Bool
    }

    package var mark: Mark { Mark(count: count, needsComma: needsComma) }

    /// As if nothing had been written since.
    package mutating func goBack(to mark: Mark) { (count, needsComma) = (mark.count, mark.needsComma) }

    // MARK: - Objects and arrays

    /// `{…}`: keys and values by turns.
    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "{"))
        body(&self)
        close(UInt8(ascii: "}"))
    }

    /// `[…]`
    package mutating func array(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "["))
        body(&self)
        close(UInt8(ascii: "]"))
    }

    /// A name that needs no escapes.
    package mutating func key(_ name: StaticString) {
        let length = name.utf8CodeUnitCount
        beginValue(length + 3)
        // Half of what is written are names: with the comma, quotes and colon at once.
        let start = memory.baseAddress.unsafelyUnwrapped + count
        start.storeBytes(of: UInt8(ascii: "\""), as: UInt8.self)
        (start + 1).copyMemory(from: name.utf8Start, byteCount: length)
        (start + length + 1).storeBytes(of: UInt8(ascii: "\""), as: UInt8.self)
        (start + length + 2).storeBytes(of: UInt8(ascii: ":"), as: UInt8.self)
        count += length + 3
        needsComma = false
    }

    /// Any name; it is escaped.
    package mutating func key(string name: String) {
        string(name)
        reserve(1)
        put(UInt8(ascii: ":"))
        needsComma = false
    }

    // MARK: - Values

    /// Escaped as RFC 8259 wants it; what is beyond ASCII stands for itself.
    package mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(utf8: UnsafeRawBufferPointer($0)) }
    }

    /// Text whose bytes are known to be UTF-8.
    package mutating func string(utf8: UnsafeRawBufferPointer) {
        // Every byte can become \u00XX.
        beginValue(6 * utf8.count + 2)
        put(UInt8(ascii: "\""))
        let plain = PlainText.end(in: utf8, from: 0)
        putBytes(utf8, upTo: plain)
        if plain < utf8.count { putEscaped(utf8, from: plain) }
        put(UInt8(ascii: "\""))
        needsComma = true
    }

    /// In full, also where other readers keep 53 bits only.
    package mutating func int(_ number: Int64) {
        beginValue(20)
        var magnitude = number.magnitude
        if number < 0 { put(UInt8(ascii: "-")) }
        var digits = 1
        // Up to 10¹⁹, which fits; the largest magnitude is 2⁶³ and has 19 digits.
        var power: UInt64 = 10
        while magnitude >= power {
            digits += 1
            power &*= 10
        }
        var place = digits
        while place > 0 {
            place -= 1
            let (rest, digit) = magnitude.quotientAndRemainder(dividingBy: 10)
            memory[count + place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
            magnitude = rest
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

    /// `name` needs no escapes; the value is escaped.
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
    @inline(__always) private mutating func beginValue(_ bytes: Int) {
        reserve(bytes + 1)
        if needsComma { put(UInt8(ascii: ",")) }
    }

    @inline(__always) private mutating func reserve(_ bytes: Int) {
        if count + bytes > memory.count { grow(bytes) }
    }

    @inline(never) private mutating func grow(_ bytes: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(memory.count * 2, count + bytes), alignment: 8)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
        memory.deallocate()
        memory = larger
    }

    @inline(__always) private mutating func put(_ byte: UInt8) {
        memory[count] = byte
        count += 1
    }

    private mutating func putBytes(_ bytes: UnsafeRawBufferPointer) { putBytes(bytes, upTo: bytes.count) }

    /// The first `length` of them, for which there is room.
    @inline(__always) private mutating func putBytes(_ bytes: UnsafeRawBufferPointer, upTo length: Int) {
        guard length > 0 else { return }
        (memory.baseAddress.unsafelyUnwrapped + count).copyMemory(
            from: bytes.baseAddress.unsafelyUnwrapped, byteCount: length)
        count += length
    }

    /// From a byte on that does not stand for itself.
    @inline(never) private mutating func putEscaped(_ bytes: UnsafeRawBufferPointer, from start: Int) {
        var position = start
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
