import Foundation
import Images
import Testing

@Suite("Drawing")
struct CanvasTests {
    /// How much ink is on a white canvas, in pixels.
    private func ink(_ canvas: Canvas) -> Double {
        canvas.image.gray().pixels.reduce(0.0) { $0 + (255 - Double($1)) / 255 }
    }

    @Test("shapes cover the area that geometry gives them")
    func areas() throws {
        let blank = try Canvas(width: 100, height: 100)
        var canvas = blank
        canvas.fill(Rectangle(x: 10.5, y: 20, width: 30, height: 9.5), .black)
        #expect(abs(ink(canvas) - 285) < 1)
        canvas = blank
        canvas.disc(Point(50.3, 49.8), radius: 20, .black)
        #expect(abs(ink(canvas) - 400 * .pi) < 4)
        canvas = blank
        canvas.ring(Point(50, 50), radius: 30, .black, width: 4)
        #expect(abs(ink(canvas) - 240 * .pi) < 6)
        canvas = blank
        canvas.line(Point(20, 30), Point(80, 74), .black, width: 5)
        #expect(abs(ink(canvas) - (hypot(60, 44) * 5 + 6.25 * .pi)) < 4)
        canvas = blank
        canvas.polygon([Point(10, 10), Point(70, 20), Point(30, 80)], .black)
        #expect(abs(ink(canvas) - 2000) < 10)
        canvas = blank
        canvas.outline(Rectangle(x: 20, y: 20, width: 60, height: 40), .black, width: 2)
        #expect(abs(ink(canvas) - 400) < 4)
    }

    @Test("a translucent line does not double at its joints")
    func joints() throws {
        var canvas = try Canvas(width: 60, height: 60)
        canvas.polyline([Point(10, 30), Point(30, 30), Point(50, 30)], Color.black.opacity(0.5), width: 8)
        #expect(canvas.image[30, 30, 0] == canvas.image[20, 30, 0])
        #expect(abs(Int(canvas.image[30, 30, 0]) - 127) <= 1)
    }

    @Test("dashes cover their share")
    func dashes() throws {
        var canvas = try Canvas(width: 220, height: 20)
        canvas.polyline([Point(10, 10), Point(210, 10)], .black, width: 2, dash: (10, 10))
        // Ten strokes with round ends.
        #expect(abs(ink(canvas) - 10 * (20 + .pi)) < 12)
    }

    @Test("nothing is drawn outside the clip")
    func clip() throws {
        var canvas = try Canvas(width: 40, height: 40)
        canvas.clip = Rectangle(x: 10, y: 10, width: 20, height: 20)
        canvas.fill(Rectangle(x: 0, y: 0, width: 40, height: 40), .black)
        canvas.draw(try Image(width: 40, height: 40, fill: (0, 0, 0)), x: 0, y: 0)
        canvas.text("wide wide wide", at: Point(0, 12), size: 14, .black)
        #expect(ink(canvas) == 400)
    }

    @Test("numbers that are none, and places far away, do no harm")
    func wild() throws {
        let blank = try Canvas(width: 20, height: 20)
        var canvas = blank
        let wild = [Double.nan, .infinity, -.infinity, 1e300, -1e300]
        for value in wild {
            canvas.disc(Point(value, 3), radius: 2, .black)
            canvas.fill(Rectangle(x: value, y: 0, width: 2, height: 2), .black)
            canvas.polygon([Point(value, 1), Point(2, value), Point(3, 3)], .white)
            canvas.arrow(from: Point(value, 0), to: Point(5, 5), .white)
            canvas.text("x", at: Point(value, value), size: value, .black)
            canvas.text("x", at: Point(3, 3), size: value, .white)
            canvas.polyline([Point(value, value), Point(1, 1)], .white, width: 2, dash: (1, 1))
        }
        canvas.draw(try Image(width: 4, height: 4, fill: (0, 0, 0)), x: -1_000_000, y: 1_000_000)
        #expect(canvas.image == blank.image)
        canvas.disc(Point(10, 10), radius: .infinity, .black)
        canvas.line(Point(-1e9, 10), Point(1e9, 10), .black, width: 2)
        #expect(canvas.image.width == 20)
    }

    @Test("pictures with alpha are laid over what is there")
    func pictures() throws {
        var canvas = try Canvas(width: 4, height: 2, background: .black)
        canvas.draw(try Image(width: 1, height: 1, channels: 4, pixels: [255, 255, 255, 128]), x: 1, y: 1)
        canvas.draw(try Image(width: 3, height: 1, channels: 1, pixels: [9, 8, 7]), x: 2, y: 0)
        #expect(canvas.image[1, 1] == [128, 128, 128])
        #expect(canvas.image[2, 0] == [9, 9, 9] && canvas.image[3, 0] == [8, 8, 8])
    }

    @Test("an arrow points at its end")
    func arrow() throws {
        var canvas = try Canvas(width: 100, height: 40)
        canvas.arrow(from: Point(10, 20), to: Point(90, 20), .black, width: 2, head: 14)
        let columns = (0..<100).map { x in (0..<40).filter { canvas.image[x, $0, 0] < 128 }.count }
        #expect(columns[50] == 2)
        #expect((columns[76...84].max() ?? 0) >= 9)
        #expect(columns[95] == 0 && columns[5] == 0)
    }

    @Test("colours mix, fade and read hexadecimal numbers")
    func colors() {
        #expect(Color(hex: 0x3366CC) == Color(0x33, 0x66, 0xCC))
        #expect(Color.black.mixed(with: .white, 0.5) == Color(128, 128, 128))
        #expect(Color.black.mixed(with: .white, 7) == .white)
        #expect(Color(1, 2, 3, alpha: 100).opacity(0.5).alpha == 50)
        #expect(Set(Color.palette).count == 8)
    }
}
