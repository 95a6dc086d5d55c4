import Images
import Testing

@Suite("Parts, mirrors and turns")
struct GeometryTests {
    private let small: Image

    init() throws {
        small = try Image(width: 3, height: 2, channels: 1, pixels: [1, 2, 3, 4, 5, 6])
    }

    @Test("each turn puts every pixel in its place")
    func turns() {
        #expect(small.mirrored().pixels == [3, 2, 1, 6, 5, 4])
        #expect(small.flipped().pixels == [4, 5, 6, 1, 2, 3])
        #expect(small.turnedRight().pixels == [4, 1, 5, 2, 6, 3])
        #expect(small.turnedLeft().pixels == [3, 6, 2, 5, 1, 4])
        #expect(small.transposed().pixels == [1, 4, 2, 5, 3, 6])
        #expect(small.turnedRight().width == 2)
    }

    @Test("turns undo each other in all channels", arguments: [1, 3, 4])
    func undo(channels: Int) throws {
        let image = try noise(7, 4, channels: channels)
        #expect(image.turnedRight().turnedLeft() == image)
        #expect(image.mirrored().mirrored() == image)
        #expect(image.flipped().mirrored() == image.turnedRight().turnedRight())
        #expect(image.transposed().transposed() == image)
    }

    @Test("crops are cut where they should be, and only inside")
    func crops() throws {
        #expect(try small.cropped(x: 1, y: 0, width: 2, height: 2).pixels == [2, 3, 5, 6])
        #expect(try small.cropped(x: 0, y: 0, width: 3, height: 2) == small)
        for (x, y, width, height) in [
            (2, 0, 2, 1), (-1, 0, 1, 1), (0, 0, 0, 1), (0, 0, .max, 1), (.max, 0, 1, 1),
        ] {
            #expect(throws: ImageError.self) { try small.cropped(x: x, y: y, width: width, height: height) }
        }
    }

    @Test("alpha is laid over a colour, gray is weighted by brightness")
    func channels() throws {
        let image = try Image(width: 2, height: 1, channels: 4, pixels: [200, 0, 100, 255, 200, 0, 100, 51])
        #expect(image.rgb(over: .black).pixels == [200, 0, 100, 40, 0, 20])
        #expect(image.rgb(over: .white).pixels == [200, 0, 100, 244, 204, 224])
        #expect(small.rgb().pixels.prefix(6) == [1, 1, 1, 2, 2, 2])
        #expect(small.rgba()[2, 1] == [6, 6, 6, 255])
        #expect(image.rgba() == image)
        let colors = try Image(width: 3, height: 1, channels: 3, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255])
        #expect(colors.gray().pixels == [76, 150, 29])
    }

    @Test("pixels can be read and set")
    func access() throws {
        var image = try Image(width: 2, height: 2, fill: (1, 2, 3))
        image[1, 0, 2] = 9
        image[0, 1] = [7, 8, 9]
        #expect(image.pixels == [1, 2, 3, 1, 2, 9, 7, 8, 9, 1, 2, 3])
        image.withMutablePixels { $0[0] = 5 }
        #expect(image[0, 0, 0] == 5)
        let drawn = try Image(rgbWidth: 2, height: 1) { $0[4] = 6 }
        #expect(drawn.pixels == [0, 0, 0, 0, 6, 0])
    }
}
