import Foundation
import Images
import Testing

@Suite("Cameras held in every way")
struct OrientationTests {
    /// The upright picture: four blocks, 48 × 32, so that every turn can be told apart.
    static let upright: [[UInt8]] = [[220, 30, 30], [30, 200, 30], [30, 30, 220], [230, 230, 40]]

    /// Which upright block lies in which corner of the stored picture, for each value of the tag.
    ///
    /// Corners: upper left, upper right, lower left, lower right. From the table in the EXIF standard: value 6 means
    /// that the stored first row is the right-hand side of the scene and its first column the top.
    static let corners: [Int: [Int]] = [
        1: [0, 1, 2, 3], 2: [1, 0, 3, 2], 3: [3, 2, 1, 0], 4: [2, 3, 0, 1], 5: [0, 2, 1, 3], 6: [1, 3, 0, 2],
        7: [3, 1, 2, 0], 8: [2, 0, 3, 1],
    ]

    private func block(orientation: Int, bigEndian isBig: Bool) -> [UInt8] {
        func number<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
            isBig ? bigEndian(value) : littleEndian(value)
        }
        var tiff = Array((isBig ? "MM" : "II").utf8)
        tiff += number(UInt16(42))
        tiff += number(UInt32(8))
        tiff += number(UInt16(2))
        for value in [0x010F, 2] { tiff += number(UInt16(value)) }
        tiff += number(UInt32(4))
        tiff += Array("Cam\0".utf8)
        for value in [0x0112, 3] { tiff += number(UInt16(value)) }
        tiff += number(UInt32(1))
        for value in [orientation, 0] { tiff += number(UInt16(value)) }
        return tiff + number(UInt32(0))
    }

    private func stored(orientation: Int) throws -> Image {
        let corners = try #require(Self.corners[orientation])
        let (width, height) = orientation > 4 ? (32, 48) : (48, 32)
        return try picture(width, height) { x, y in
            let row = y * 2 / height
            let column = x * 2 / width
            return Self.upright[corners[row * 2 + column]].map(Int.init)
        }
    }

    private func expectUpright(_ image: Image, tolerance: Int) {
        #expect(image.width == 48 && image.height == 32)
        for (index, color) in Self.upright.enumerated() {
            let pixel = image[index % 2 * 24 + 12, index / 2 * 16 + 8]
            for (found, wanted) in zip(pixel, color) { #expect(abs(Int(found) - Int(wanted)) <= tolerance) }
        }
    }

    @Test("JPEG, WebP and PNG are turned upright", arguments: 1...8)
    func turned(orientation: Int) throws {
        let image = try stored(orientation: orientation)
        for isBig in [true, false] {
            let exif = block(orientation: orientation, bigEndian: isBig)
            let photo = try jpeg(image.jpegData(quality: 95), adding: Array("Exif\0\0".utf8) + exif, as: 0xE1)
            expectUpright(try Image(decoding: photo), tolerance: 6)
            expectUpright(try Image(decoding: webp(image.webpData(), adding: [("EXIF", exif)])), tolerance: 0)
            var png = HandmadePNG(width: UInt32(image.width), height: UInt32(image.height))
            png.chunks = [("eXIf", exif)]
            png.rows = (0..<image.height).map { y in
                Array(image.pixels[y * image.width * 3..<(y + 1) * image.width * 3])
            }
            expectUpright(try Image(decoding: png.bytes), tolerance: 0)
        }
    }

    @Test("senseless orientations count as upright", arguments: [0, 9, 255, 65_535])
    func senseless(orientation: Int) throws {
        let image = try stored(orientation: 1)
        let exif = Array("Exif\0\0".utf8) + block(orientation: orientation, bigEndian: true)
        expectUpright(
            try Image(decoding: jpeg(image.jpegData(quality: 95), adding: exif, as: 0xE1)), tolerance: 6)
    }

    @Test("a cut-off EXIF block counts as none")
    func cutOff() throws {
        let image = try stored(orientation: 1)
        let exif = block(orientation: 6, bigEndian: false)
        for length in 0..<30 {
            let block = Array("Exif\0\0".utf8) + exif.prefix(length)
            let photo = try Image(decoding: jpeg(image.jpegData(quality: 95), adding: block, as: 0xE1))
            #expect(photo.width == 48)
        }
    }
}
