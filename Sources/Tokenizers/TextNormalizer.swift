/// Prepares text as the uncased BERT models saw it in training.
///
/// In this order: control characters go and every white space becomes a plain space; Chinese characters get spaces
/// around them; characters are taken apart (canonical decomposition) and their non-spacing marks dropped; letters
/// become small, one by one. This equals the `BertNormalizer` of Hugging Face's `tokenizers` on every Unicode scalar,
/// which the tests check scalar by scalar.
///
/// That library reads its categories from tables of Unicode 8 and its decompositions from tables of Unicode 12, while
/// Swift's know later versions. So a scalar's age decides here: what is younger than those tables has no category and is
/// not taken apart. Seven scalars changed their category since.
enum TextNormalizer {
    static func normalize(_ text: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
        var apart: [Unicode.Scalar] = []
        apart.reserveCapacity(text.count + text.count / 8)
        var isASCII = true
        for scalar in text {
            switch scalar.value {
            case 0x09, 0x0A, 0x0D, 0x20: apart.append(" ")
            case 0x00..<0x20, 0x7F: break
            case 0x41...0x5A: apart.append(Unicode.Scalar(UInt8(scalar.value) | 0x20))
            case 0x00..<0x80: apart.append(scalar)
            default:
                isASCII = false
                if isRemoved(scalar) { continue }
                if scalar.properties.isWhitespace {
                    apart.append(" ")
                } else if isChinese(scalar) {
                    apart.append(" ")
                    CanonicalDecompositions.append(scalar, to: &apart)
                    apart.append(" ")
                } else {
                    CanonicalDecompositions.append(scalar, to: &apart)
                }
            }
        }
        if isASCII { return apart }
        CanonicalDecompositions.reorderMarks(in: &apart)
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(apart.count)
        for scalar in apart {
            if scalar.isASCII {
                // Taking apart can bring capital letters.
                result.append(
                    (0x41...0x5A).contains(scalar.value) ? Unicode.Scalar(UInt8(scalar.value) | 0x20) : scalar
                )
            } else if category(of: scalar) != .nonspacingMark {
                if scalar.properties.changesWhenLowercased {
                    result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
                } else {
                    result.append(scalar)
                }
            }
        }
        return result
    }

    /// True for punctuation, which stands as a word of its own.
    static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            switch scalar.value {
            case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return true
            default: return false
            }
        }
        switch category(of: scalar) {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            return true
        default: return false
        }
    }

    /// True for the replacement character, controls, formats and private use.
    private static func isRemoved(_ scalar: Unicode.Scalar) -> Bool {
        switch category(of: scalar) {
        case .control, .format, .privateUse: true
        default: scalar == "\u{FFFD}"
        }
    }

    /// The blocks of CJK ideographs that BERT sets apart.
    private static func isChinese(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
            0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }

    /// The category that Unicode 8 gave the scalar.
    private static func category(of scalar: Unicode.Scalar) -> Unicode.GeneralCategory {
        switch scalar.value {
        case 0x1885, 0x1886: .otherLetter
        case 0xA9BD: .spacingMark
        case 0x1734, 0x1171E: .nonspacingMark
        case 0x166D, 0x111C9: .otherPunctuation
        default:
            if let age = scalar.properties.age, age.major <= 8 {
                scalar.properties.generalCategory
            } else {
                .unassigned
            }
        }
    }
}
