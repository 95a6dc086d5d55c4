/// The picture file formats that are read and written here.
public enum ImageFormat: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// Lossless, with text entries.
    case png
    /// Lossy, for photographs.
    case jpeg
    /// Lossy or lossless, still or animated.
    case webp

    /// The name as people write it.
    public var description: String {
        switch self {
        case .png: "PNG"
        case .jpeg: "JPEG"
        case .webp: "WebP"
        }
    }

    /// The format that the first bytes announce, whatever the file is called; nil for anything else.
    public init?(sniffing bytes: UnsafeRawBufferPointer) {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.count >= 12, bytes.starts(with: "RIFF".utf8), bytes[8..<12].elementsEqual("WEBP".utf8)
        {
            self = .webp
        } else {
            return nil
        }
    }

    /// What bytes that are no picture of ours seem to be, in words for a message.
    static func likeness(of bytes: UnsafeRawBufferPointer) -> String {
        func has(_ text: String, at offset: Int = 0) -> Bool {
            bytes.count >= offset + text.utf8.count
                && bytes[offset..<offset + text.utf8.count].elementsEqual(text.utf8)
        }
        let known: [(Bool, String)] = [
            (has("GIF8"), "a GIF picture"),
            (has("BM") && bytes.count > 26, "a BMP picture"),
            (has("II*\0") || has("MM\0*"), "a TIFF picture"),
            (has("ftypavif", at: 4), "an AVIF picture"),
            (has("ftyphei", at: 4) || has("ftypmif1", at: 4), "a HEIC picture"),
            (has("ftyp", at: 4), "a video (MP4 family)"),
            (has("JXL ", at: 4) || bytes.starts(with: [0xFF, 0x0A]), "a JPEG XL picture"),
            (has("8BPS"), "a Photoshop document"),
            (has("%PDF"), "a PDF document"),
            (has("PK\u{3}\u{4}"), "a zip archive"),
            (bytes.starts(with: [0x1F, 0x8B]), "a gzip archive"),
            (has("version https://git-lfs"), "a Git LFS pointer instead of the file itself"),
        ]
        if let found = known.first(where: \.0) { return found.1 }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return "a PNG signature with changed line ends" }
        let start = bytes.prefix(400)
        let isText = start.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        if isText {
            let text = String(decoding: start, as: UTF8.self)
            let lowered = text.lowercased()
            if lowered.contains("<svg") { return "an SVG drawing" }
            if lowered.contains("<html") || lowered.contains("<!doctype") { return "a web page" }
            let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
            return "text that begins \"\(line.prefix(32))\""
        }
        let hexadecimal = bytes.prefix(8).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "bytes that begin \(hexadecimal.joined(separator: " "))"
    }
}
