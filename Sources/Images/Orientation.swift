/// How a camera was held, as EXIF notes it: what must be done to see the picture upright.
///
/// The raw values are those of EXIF tag 0x0112. Source: EXIF 2.32, section 4.6.4.
enum Orientation: UInt16 {
    case upright = 1
    case mirrored, turnedHalf, flipped, mirroredTurnedLeft, turnedRight, mirroredTurnedRight, turnedLeft

    /// The orientation noted in a picture file; upright when there is none or it makes no sense.
    init(in bytes: UnsafeRawBufferPointer, format: ImageFormat) {
        let block =
            switch format {
            case .png: Self.pngBlock(bytes)
            case .jpeg: Self.jpegBlock(bytes)
            case .webp: Self.webpBlock(bytes)
            }
        self = block.flatMap { Self.tag(in: $0) }.flatMap(Self.init(rawValue:)) ?? .upright
    }

    private static func number(
        _ bytes: Slice<UnsafeRawBufferPointer>, at offset: Int, bigEndian: Bool, size: Int
    )
        -> Int?
    {
        guard offset >= 0, offset + size <= bytes.count else { return nil }
        let start = bytes.startIndex + offset
        let digits = bytes[start..<start + size]
        return bigEndian
            ? digits.reduce(0) { $0 << 8 | Int($1) } : digits.reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// The value of tag 0x0112 in the first directory of a TIFF block.
    private static func tag(in block: Slice<UnsafeRawBufferPointer>) -> UInt16? {
        var block = block
        if block.starts(with: "Exif\0\0".utf8) { block = block.dropFirst(6) }
        let bigEndian = block.starts(with: "MM".utf8)
        guard bigEndian || block.starts(with: "II".utf8) else { return nil }
        guard number(block, at: 2, bigEndian: bigEndian, size: 2) == 42,
            let directory = number(block, at: 4, bigEndian: bigEndian, size: 4),
            let count = number(block, at: directory, bigEndian: bigEndian, size: 2)
        else { return nil }
        for index in 0..<count {
            let entry = directory + 2 + index * 12
            guard let name = number(block, at: entry, bigEndian: bigEndian, size: 2) else { return nil }
            if name == 0x0112 {
                return number(block, at: entry + 8, bigEndian: bigEndian, size: 2).map { UInt16($0) }
            }
        }
        return nil
    }

    private static func jpegBlock(_ bytes: UnsafeRawBufferPointer) -> Slice<UnsafeRawBufferPointer>? {
        let all = bytes[...]
        var position = 2
        while position + 4 <= bytes.count, bytes[position] == 0xFF {
            let marker = bytes[position + 1]
            if marker == 0xFF {
                position += 1
                continue
            }
            guard marker != 0xDA, marker != 0xD9,
                let length = number(all, at: position + 2, bigEndian: true, size: 2), length >= 2
            else { return nil }
            let end = position + 2 + length
            guard end <= bytes.count else { return nil }
            let content = bytes[position + 4..<end]
            if marker == 0xE1, content.starts(with: "Exif\0\0".utf8) { return content }
            position = end
        }
        return nil
    }

    private static func webpBlock(_ bytes: UnsafeRawBufferPointer) -> Slice<UnsafeRawBufferPointer>? {
        var position = 12
        while let length = number(bytes[...], at: position + 4, bigEndian: false, size: 4) {
            let start = position + 8
            guard start + length <= bytes.count else { return nil }
            if bytes[position..<position + 4].elementsEqual("EXIF".utf8) {
                return bytes[start..<start + length]
            }
            position = start + length + length % 2
        }
        return nil
    }

    private static func pngBlock(_ bytes: UnsafeRawBufferPointer) -> Slice<UnsafeRawBufferPointer>? {
        for chunk in PNGChunks(bytes) where chunk.kind == "eXIf" { return chunk.content }
        return nil
    }
}

extension Image {
    /// The picture as it should be seen, given how the camera was held.
    func turned(by orientation: Orientation) -> Image {
        switch orientation {
        case .upright: self
        case .mirrored: mirrored()
        case .turnedHalf: turnedRight().turnedRight()
        case .flipped: flipped()
        case .mirroredTurnedLeft: transposed()
        case .turnedRight: turnedRight()
        case .mirroredTurnedRight: turnedRight().turnedRight().transposed()
        case .turnedLeft: turnedLeft()
        }
    }
}
