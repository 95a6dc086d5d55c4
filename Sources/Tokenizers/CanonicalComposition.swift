/// Puts letters and marks together, as Unicode's normal form C prescribes (Unicode 12).
///
/// Of the same age as `CanonicalDecompositions`, and of its table: what is taken apart there is put together here, but
/// for the exclusions that the table lists.
enum CanonicalComposition {
    /// The normal form C of a text, in time proportional to its length.
    static func compose(_ text: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
        var scalars: [Unicode.Scalar] = []
        scalars.reserveCapacity(text.underestimatedCount)
        var maximum: UInt32 = 0
        for scalar in text {
            maximum = max(maximum, scalar.value)
            scalars.append(scalar)
        }
        // Below the first mark, U+0300, every text has that form.
        if maximum < 0x300 { return scalars }
        var apart: [Unicode.Scalar] = []
        apart.reserveCapacity(scalars.count + scalars.count / 8)
        for scalar in scalars { CanonicalDecompositions.append(scalar, to: &apart) }
        CanonicalDecompositions.reorderMarks(in: &apart)
        return joined(apart)
    }

    private static func joined(_ apart: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(apart.count)
        /// The place of the last letter, and the class of what stands last behind it.
        var letter: Int?
        var last: UInt8 = 0
        for scalar in apart {
            let order = CanonicalDecompositions.combiningClass(of: scalar)
            if let place = letter, place == result.count - 1 || last < order,
                let both = pair(result[place], scalar)
            {
                result[place] = both
                continue
            }
            if order == 0 { letter = result.count }
            last = order
            result.append(scalar)
        }
        return result
    }

    /// The character that two make together.
    private static func pair(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
        if (0x1100..<0x1113).contains(first.value), (0x1161..<0x1176).contains(second.value) {
            return Unicode.Scalar(0xAC00 + (first.value - 0x1100) * 588 + (second.value - 0x1161) * 28)
        }
        if (0xAC00..<0xD7A4).contains(first.value), (first.value - 0xAC00) % 28 == 0,
            (0x11A8..<0x11C3).contains(second.value)
        {
            return Unicode.Scalar(first.value + second.value - 0x11A7)
        }
        return pairs[key(first, second)]
    }

    private static func key(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> UInt64 {
        UInt64(first.value) << 32 | UInt64(second.value)
    }

    private static let pairs: [UInt64: Unicode.Scalar] = {
        var left: Set<UInt32> = []
        var value: UInt32 = 0
        CanonicalDecompositions.excluded.withUTF8Buffer { bytes in
            for byte in bytes + [0x20] {
                if let digit = Character(Unicode.Scalar(byte)).hexDigitValue {
                    value = value << 4 | UInt32(digit)
                } else if value != 0 {
                    left.insert(value)
                    value = 0
                }
            }
        }
        let whole = CanonicalDecompositions.decompositions.filter {
            $0.value.count > 1 && !left.contains($0.key.value)
        }
        let byParts = Dictionary(whole.map { ($0.value, $0.key) }) { first, _ in first }
        var result: [UInt64: Unicode.Scalar] = [:]
        for (scalar, parts) in whole {
            // The marks come on one by one: all parts but the last are one character.
            let beginning = parts.dropLast()
            if let second = parts.last,
                let first = beginning.count == 1 ? beginning.first : byParts[Array(beginning)]
            {
                result[key(first, second)] = scalar
            }
        }
        return result
    }()
}
