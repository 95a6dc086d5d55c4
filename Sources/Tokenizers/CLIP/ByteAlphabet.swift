/// The 256 visible characters that stand for bytes in byte-level vocabularies.
///
/// Bytes that are visible characters of Latin 1 stand for themselves, the others for the characters from U+0100 on.
/// Source: Radford et al. 2019 (GPT-2), whose vocabularies began so.
enum ByteAlphabet {
    /// The bytes in the order of the vocabulary: first those that stand for themselves.
    static let order: [UInt8] = {
        let visible = Array(0x21...0x7E) + Array(0xA1...0xAC) + Array(0xAE...0xFF) as [UInt8]
        return visible + (0...0xFF).filter { !visible.contains($0) }
    }()

    /// The character of each byte, by its value.
    static let characters: [Unicode.Scalar] = {
        var characters = (0...0xFF as ClosedRange<UInt8>).map { Unicode.Scalar($0) }
        for (place, byte) in order.dropFirst(188).enumerated() {
            characters[Int(byte)] = Unicode.Scalar(UInt16(0x100 + place)) ?? "?"
        }
        return characters
    }()

    /// The byte of each character.
    static let bytes: [Unicode.Scalar: UInt8] = Dictionary(
        uniqueKeysWithValues: zip(characters, 0...0xFF as ClosedRange<UInt8>))

    /// The text that pieces stand for, put together, with a space for every `wordEnd` and none at its ends.
    ///
    /// Bytes that are not UTF-8 become the replacement character. Looked through byte by byte: a mark behind a word end
    /// would otherwise hide it.
    static func text(of pieces: some Sequence<String>, between wordEnd: String) -> String {
        var text: [UInt8] = []
        for piece in pieces {
            var decoded: [UInt8] = []
            for scalar in piece.unicodeScalars {
                guard let byte = bytes[scalar] else { break }
                decoded.append(byte)
            }
            // A piece with other characters stands for itself.
            let isWhole = decoded.count == piece.unicodeScalars.count
            text.append(contentsOf: isWhole ? decoded : Array(piece.utf8))
        }
        let end = Array(wordEnd.utf8)
        var spaced: [UInt8] = []
        var position = 0
        while position < text.count {
            let isEnd = text[position...].starts(with: end)
            spaced.append(isEnd ? UInt8(ascii: " ") : text[position])
            position += isEnd ? end.count : 1
        }
        let scalars = Array(String(decoding: spaced, as: UTF8.self).unicodeScalars)
        let trimmed = PromptWords.trimmed(scalars[...], front: true)
        return String(String.UnicodeScalarView(trimmed))
    }
}
