import ExactText
import Identifiers
import Shop

/// Puts the text of a message together from its pieces, in memory of its own: a String that grows takes ten times as long.
struct TextWriter: ~Copyable {
    private var memory: UnsafeMutableRawBufferPointer
    private var count = 0
    private let decimalMark: UInt8

    /// `capacity` in bytes: a guess that saves growing. `decimalMark`: one ASCII character.
    init(capacity: Int = 512, decimalMark: StaticString = ".") {
        self.decimalMark = decimalMark.utf8Start.pointee
        memory = .allocate(byteCount: max(capacity, 64), alignment: 8)
    }

    deinit { memory.deallocate() }

    consuming func finish() -> ExactText {
        ExactText(String(decoding: UnsafeRawBufferPointer(rebasing: memory[..<count]), as: UTF8.self))
    }

    mutating func put(_ text: StaticString) {
        put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func put(_ text: ExactText) { text.withBytes { put($0) } }

    mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { put(UnsafeRawBufferPointer($0)) }
    }

    mutating func put(_ id: Identifier) {
        reserve(36)
        id.write(to: UnsafeMutableRawBufferPointer(rebasing: memory[count...]))
        count += 36
    }

    /// With at least so many digits, of which `decimals` stand behind the decimal mark; 0 or more, as an amount of money is.
    mutating func put(_ number: Int64, decimals: Int = 0) {
        // 19 digits at most, or as many as stand behind the mark and one before it.
        reserve(24)
        var rest = number.magnitude
        var digits = 0
        // The last one first, turned around below.
        let start = count
        repeat {
            if digits == decimals, decimals > 0 { putByte(decimalMark) }
            putByte(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
            digits += 1
        } while rest > 0 || digits <= decimals
        if number < 0 { putByte(UInt8(ascii: "-")) }
        memory[start..<count].reverse()
    }

    /// `1299.99 USD`; the digits behind the mark as ISO 4217 has them.
    mutating func put(_ money: Money) {
        put(money.amount, decimals: Money.minorDigits(of: money.currency))
        put(" ")
        put(money.currency)
    }

    private mutating func putByte(_ byte: UInt8) {
        memory[count] = byte
        count += 1
    }

    private mutating func put(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
        count += bytes.count
    }

    private mutating func reserve(_ bytes: Int) {
        guard count + bytes > memory.count else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(memory.count * 2, count + bytes), alignment: 8)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
        memory.deallocate()
        memory = larger
    }
}
