import CImageCodecs

/// One text entry of a PNG file: checked for writing, or found while reading.
struct PNGText: Hashable, Sendable {
    /// Longest key that PNG allows, in bytes.
    static let longestKey = 79
    /// The longest text that a compressed entry may expand to, in bytes.
    static let longestText = 8 << 20

    let key: [UInt8]
    /// Latin-1 or UTF-8.
    let text: [UInt8]
    let isLatin1: Bool

    /// Lays out an entry for writing.
    init(key: String, value: String) throws(ImageError) {
        let scalars = key.unicodeScalars.map(\.value)
        guard (1...Self.longestKey).contains(scalars.count) else {
            throw .unstorableText(
                key: key, reason: "its key has \(scalars.count) letters, allowed are 1 to 79")
        }
        guard scalars.allSatisfy({ (32...126).contains($0) }) else {
            throw .unstorableText(key: key, reason: "its key has letters outside ASCII")
        }
        guard scalars.first != 32, scalars.last != 32, !key.contains("  ") else {
            throw .unstorableText(key: key, reason: "its key has a space too many")
        }
        guard !value.unicodeScalars.contains("\0") else {
            throw .unstorableText(key: key, reason: "its text has a null character")
        }
        self.key = Array(key.utf8)
        let isLatin1 = value.unicodeScalars.allSatisfy { $0.value < 127 || (160...255).contains($0.value) }
        self.isLatin1 = isLatin1
        text =
            isLatin1
            ? value.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } : Array(value.utf8)
    }

    /// Key and value of a `tEXt`, `zTXt` or `iTXt` chunk; nil for other chunks and for broken ones.
    static func entry(in chunk: PNGChunks.Chunk) -> (key: String, value: String)? {
        let content = chunk.content
        guard let keyEnd = content.firstIndex(of: 0) else { return nil }
        let key = latin1(content[..<keyEnd])
        let rest = content[(keyEnd + 1)...]
        switch chunk.kind {
        case "tEXt":
            return (key, latin1(rest))
        case "zTXt":
            guard rest.first == 0, let text = inflated(rest.dropFirst()) else { return nil }
            return (key, latin1(text))
        case "iTXt":
            // Compression flag, method, language, translated key, text.
            guard let isCompressed = rest.first, rest.dropFirst().first == 0,
                let languageEnd = rest.dropFirst(2).firstIndex(of: 0),
                let translationEnd = rest[(languageEnd + 1)...].firstIndex(of: 0)
            else { return nil }
            let body = rest[(translationEnd + 1)...]
            if isCompressed == 0 { return (key, String(decoding: body, as: UTF8.self)) }
            return inflated(body).map { (key, String(decoding: $0, as: UTF8.self)) }
        default:
            return nil
        }
    }

    private static func latin1(_ bytes: some Sequence<UInt8>) -> String {
        var text = String.UnicodeScalarView()
        for byte in bytes { text.append(Unicode.Scalar(byte)) }
        return String(text)
    }

    private static func inflated(_ bytes: Slice<UnsafeRawBufferPointer>) -> [UInt8]? {
        var block = CIBlock()
        var report = CIReport()
        let buffer = UnsafeRawBufferPointer(rebasing: bytes)
        let start = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard ci_inflate(start, buffer.count, longestText, &block, &report) else { return nil }
        defer { ci_free(block.bytes) }
        return Array(UnsafeBufferPointer(start: block.bytes, count: block.count))
    }
}
