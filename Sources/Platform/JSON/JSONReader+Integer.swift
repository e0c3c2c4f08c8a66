/// Whole numbers, as JSON Schema has them: `1.0` and `1e2` are the numbers 1 and 100.
extension JSONReader {
    /// The value of a number that was passed over; nil when it is not whole or does not fit. Its time is that of its
    /// bytes, whatever its exponent.
    func integer(_ range: Range<Int>) -> Int64? {
        var position = range.lowerBound
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        // Its digits without a point: the number is theirs times ten to the power of `shift`.
        let digits = position
        var shift = 0
        var hasPoint = false
        while position < range.upperBound, isDigit(bytes[position]) || bytes[position] == UInt8(ascii: ".") {
            if bytes[position] == UInt8(ascii: ".") { hasPoint = true } else if hasPoint { shift -= 1 }
            position += 1
        }
        var last = position
        if position < range.upperBound { shift += exponent(position + 1..<range.upperBound) }
        while last > digits, bytes[last - 1] == UInt8(ascii: "0") || bytes[last - 1] == UInt8(ascii: ".") {
            if bytes[last - 1] == UInt8(ascii: "0") { shift += 1 }
            last -= 1
        }
        // Nothing is left of a zero.
        guard bytes[digits..<last].contains(where: { $0 != UInt8(ascii: "0") && $0 != UInt8(ascii: ".") }) else {
            return 0
        }
        guard shift >= 0 else { return nil }
        var number: Int64 = 0
        func append(_ digit: UInt8) -> Bool {
            let (tens, tooMuch) = number.multipliedReportingOverflow(by: 10)
            let digit = Int64(digit - UInt8(ascii: "0"))
            let (sum, overflow) =
                isNegative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
            number = sum
            return !tooMuch && !overflow
        }
        for index in digits..<last where bytes[index] != UInt8(ascii: ".") {
            guard append(bytes[index]) else { return nil }
        }
        // Ten to the power of 19 fits no more.
        guard shift < 19 else { return nil }
        for _ in 0..<shift { guard append(UInt8(ascii: "0")) else { return nil } }
        return number
    }

    /// What stands behind an `e`, or more than any document can have digits.
    private func exponent(_ range: Range<Int>) -> Int {
        let most = 1 << 40
        var exponent = 0
        for index in range where isDigit(bytes[index]) {
            exponent = min(exponent * 10 + Int(bytes[index] - UInt8(ascii: "0")), most)
        }
        return bytes[range.lowerBound] == UInt8(ascii: "-") ? -exponent : exponent
    }
}
