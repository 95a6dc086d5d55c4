import Images
import Testing

@Suite("Other sizes")
struct ResizeTests {
    @Test("one colour stays that colour", arguments: ResizeMethod.allCases, [1, 3, 4])
    func flat(method: ResizeMethod, channels: Int) throws {
        let color: [UInt8] = Array([200, 3, 77, 129].prefix(channels))
        let pixels = (0..<13 * 9).flatMap { _ in color }
        let image = try Image(width: 13, height: 9, channels: channels, pixels: pixels)
        for (width, height) in [(5, 4), (40, 31), (13, 2), (1, 1), (1, 60)] {
            let resized = try image.resized(width: width, height: height, method: method)
            #expect(resized.width == width && resized.height == height)
            for index in resized.pixels.indices {
                // Colour under alpha is divided by it again, which may round.
                let slack = channels == 4 && index % 4 < 3 ? 1 : 0
                #expect(abs(Int(resized.pixels[index]) - Int(color[index % channels])) <= slack)
            }
        }
    }

    @Test("shrinking averages areas exactly")
    func areas() throws {
        let image = try Image(width: 4, height: 2, channels: 1, pixels: [0, 100, 10, 20, 100, 200, 30, 40])
        #expect(try image.resized(width: 2, height: 1).pixels == [100, 25])
        // Three into two: each new pixel takes one and a half old ones.
        let row = try Image(width: 3, height: 1, channels: 1, pixels: [0, 90, 240])
        #expect(try row.resized(width: 2, height: 1, method: .areaAverage).pixels == [30, 190])
    }

    @Test("nearest repeats and picks pixels")
    func nearest() throws {
        let image = try noise(5, 4, channels: 3)
        let large = try image.resized(width: 15, height: 12, method: .nearest)
        for y in 0..<12 { for x in 0..<15 { #expect(large[x, y] == image[x / 3, y / 3]) } }
        #expect(try large.resized(width: 5, height: 4, method: .nearest) == image)
    }

    @Test(
        "smooth pictures survive enlarging and shrinking",
        arguments: [ResizeMethod.automatic, .bicubic, .lanczos])
    func there(method: ResizeMethod) throws {
        let image = try gradient(32, 24)
        let back = try image.resized(width: 96, height: 72, method: method)
            .resized(width: 32, height: 24, method: .areaAverage)
        #expect(try likeness(image, back) > 30)
    }

    @Test("a hard edge keeps its place")
    func edge() throws {
        let image = try picture(8, 8, channels: 1) { x, _ in [x < 4 ? 0 : 255] }
        for method in ResizeMethod.allCases {
            let large = try image.resized(width: 32, height: 32, method: method)
            #expect(large[14, 16, 0] < 128 && large[17, 16, 0] > 127, "\(method)")
            #expect(Int(large[15, 16, 0]) + Int(large[16, 16, 0]) == 255, "\(method)")
        }
    }

    @Test("what is invisible does not bleed")
    func alpha() throws {
        let image = try Image(width: 2, height: 1, channels: 4, pixels: [255, 0, 0, 255, 0, 255, 0, 0])
        #expect(try image.resized(width: 1, height: 1).pixels == [255, 0, 0, 128])
    }

    @Test("fitting keeps the shape, covering fills the box from the middle")
    func boxes() throws {
        let image = try gradient(40, 10)
        let fitted = try image.fitted(within: 20, 20)
        #expect(fitted.width == 20 && fitted.height == 5)
        let thin = try Image(width: 1000, height: 1).fitted(within: 10, 10)
        #expect(thin.width == 10 && thin.height == 1)
        let covering = try image.covering(width: 20, height: 20)
        #expect(covering.width == 20 && covering.height == 20)
        let middle = Int(covering[10, 10, 0])
        #expect(abs(middle - 128) < 10)
        #expect(try image.covering(width: 40, height: 10) == image)
    }

    @Test("impossible sizes are errors")
    func sizes() throws {
        let image = try gradient(4, 4)
        #expect(throws: ImageError.impossibleSize(width: 0, height: 4)) {
            try image.resized(width: 0, height: 4)
        }
        #expect(throws: ImageError.self) { try image.fitted(within: -1, 4) }
        #expect(throws: ImageError.self) { try image.covering(width: 4, height: 1 << 40) }
    }
}
