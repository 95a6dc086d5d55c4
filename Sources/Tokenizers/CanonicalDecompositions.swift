/// Takes characters apart into letters and marks, as Unicode's normal form D prescribes.
///
/// The decompositions are those of Unicode 12, the order of marks that of Unicode 9: the age of the tables in Hugging
/// Face's `tokenizers`. The table travels with Darkroom, so that a text has the same tokens on every system; the
/// system's own tables are of different Unicode versions, and slow on long rows of marks.
enum CanonicalDecompositions {
    /// Appends the parts of a scalar, or the scalar itself where it has none.
    static func append(_ scalar: Unicode.Scalar, to parts: inout [Unicode.Scalar]) {
        if scalar.value < 0xC0 {
            parts.append(scalar)
        } else if (0xAC00..<0xD7A4).contains(scalar.value) {
            // Hangul: 19 leading consonants, 21 vowels, 27 trailing consonants or none.
            let index = scalar.value - 0xAC00
            let trailing = index % 28
            parts.append(Unicode.Scalar(0x1100 + index / 588) ?? scalar)
            parts.append(Unicode.Scalar(0x1161 + index % 588 / 28) ?? scalar)
            if trailing > 0 { parts.append(Unicode.Scalar(0x11A7 + trailing) ?? scalar) }
        } else if let found = decompositions[scalar] {
            parts.append(contentsOf: found)
        } else {
            parts.append(scalar)
        }
    }

    /// Brings marks that follow one another into the order of their combining classes, keeping that of equal ones.
    ///
    /// Scalars younger than the tables count as letters: marks do not pass them.
    static func reorderMarks(in scalars: inout [Unicode.Scalar]) {
        var start = 0
        while start < scalars.count {
            var marks: [(order: UInt8, scalar: Unicode.Scalar)] = []
            while start + marks.count < scalars.count {
                let scalar = scalars[start + marks.count]
                let order = combiningClass(of: scalar)
                if order == 0 { break }
                marks.append((order, scalar))
            }
            if marks.count > 1, zip(marks, marks.dropFirst()).contains(where: { $0.order > $1.order }) {
                // Counting by class keeps the order of equal ones, and the time in proportion to the number.
                let sorted = Dictionary(grouping: marks, by: \.order).sorted { $0.key < $1.key }.flatMap(
                    \.value)
                for (offset, mark) in sorted.enumerated() { scalars[start + offset] = mark.scalar }
            }
            start += marks.count + 1
        }
    }

    /// The combining class; 0 for letters, and for everything younger than the tables.
    static func combiningClass(of scalar: Unicode.Scalar) -> UInt8 {
        // The first mark is U+0300.
        guard scalar.value >= 0x300 else { return 0 }
        let order = scalar.properties.canonicalCombiningClass.rawValue
        guard order != 0, let age = scalar.properties.age, age.major <= 9 else { return 0 }
        return order
    }

    /// The parts of each scalar that has some, taken apart to the end; Hangul is computed.
    static let decompositions: [Unicode.Scalar: [Unicode.Scalar]] = {
        var result: [Unicode.Scalar: [Unicode.Scalar]] = [:]
        result.reserveCapacity(2060)
        var whole: Unicode.Scalar?
        var parts: [Unicode.Scalar] = []
        var value: UInt32 = 0
        table.withUTF8Buffer { bytes in
            for byte in bytes + [0x20] {
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"):
                    value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
                case UInt8(ascii: "A")...UInt8(ascii: "F"):
                    value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
                case UInt8(ascii: "="):
                    whole = Unicode.Scalar(value)
                    value = 0
                default:
                    if value != 0, let part = Unicode.Scalar(value) { parts.append(part) }
                    value = 0
                    if byte != UInt8(ascii: "+"), let scalar = whole {
                        result[scalar] = parts
                        whole = nil
                        parts = []
                    }
                }
            }
        }
        return result
    }()
}
