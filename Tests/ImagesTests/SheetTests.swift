import Foundation
import Testing

@testable import Images

@Suite("Sheets, charts and terminal pictures")
struct SheetTests {
    @Test("pictures stand in the sheet as they are")
    func grid() throws {
        let pictures = try (0..<5).map { try noise(20, 12, channels: 3, seed: UInt64($0)) }
        var grid = ImageGrid(pictures, columns: 3)
        grid.gap = 4
        grid.margin = 7
        let sheet = try grid.image()
        #expect(sheet.width == 7 + 3 * 20 + 2 * 4 + 7)
        #expect(sheet.height == 7 + 2 * 12 + 4 + 7)
        for (index, picture) in pictures.enumerated() {
            let part = try sheet.cropped(x: 7 + index % 3 * 24, y: 7 + index / 3 * 16, width: 20, height: 12)
            #expect(part == picture)
        }
        #expect(sheet[0, 0] == [Color.paper.red, Color.paper.green, Color.paper.blue])
    }

    @Test("captions and titles make room for themselves")
    func captions() throws {
        let picture = try noise(80, 40, channels: 3)
        let plain = try ImageGrid([picture, picture], columns: 2).image()
        var grid = ImageGrid(
            [.init(picture, caption: "one two three four five six"), .init(picture)], columns: 2)
        let captioned = try grid.image()
        #expect(captioned.height > plain.height + 20 && captioned.width == plain.width)
        grid.captionLines = 1
        #expect(try grid.image().height < captioned.height)
        grid.title = "Title"
        grid.subtitle = "subtitle"
        grid.columnTitles = ["left", "right", "ignored"]
        let titled = try grid.image()
        #expect(titled.height > captioned.height)
        // The picture itself is untouched by the words around it.
        let top = try #require(
            (0..<titled.height - 40).first { y in
                (try? titled.cropped(x: grid.margin, y: y, width: 80, height: 40)) == picture
            })
        #expect(top > grid.margin + 40)
    }

    @Test("cells of a given size take pictures of any size, gray and transparent ones too")
    func cells() throws {
        var grid = ImageGrid(
            try [noise(300, 100, channels: 1), noise(5, 50, channels: 4), noise(1, 1, channels: 3)])
        grid.cellSize = (64, 64)
        grid.method = .nearest
        let sheet = try grid.image()
        let columns = (sheet.width - 2 * grid.margin + grid.gap) / (64 + grid.gap)
        #expect(sheet.width == 2 * grid.margin + columns * 64 + (columns - 1) * grid.gap)
    }

    @Test("no pictures, or too many pixels, are errors")
    func gridErrors() throws {
        #expect(throws: ImageError.noPictures(of: "a contact sheet")) { try ImageGrid([Image]()).image() }
        var grid = ImageGrid(try [noise(2, 2, channels: 3)], columns: -3)
        #expect(try grid.image().width == 2 + 2 * grid.margin)
        grid.margin = .max
        #expect(throws: ImageError.self) { try grid.image() }
    }

    @Test("ticks are round numbers inside the range")
    func ticks() {
        #expect(PlotTicks(linear: 0...1, count: 5).labels == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"])
        #expect(PlotTicks(linear: -3...7, count: 5).values == [-2, 0, 2, 4, 6])
        #expect(PlotTicks(linear: -3...7, count: 5).labels == ["−2", "0", "2", "4", "6"])
        #expect(PlotTicks(linear: 0...26_000, count: 6).labels == ["0", "5k", "10k", "15k", "20k", "25k"])
        #expect(PlotTicks(linear: 0...3_000_000, count: 3).labels == ["0", "1M", "2M", "3M"])
        #expect(PlotTicks(linear: 1000...1004, count: 4).labels == ["1000", "1001", "1002", "1003", "1004"])
        #expect(PlotTicks(linear: 0...0.000_02, count: 2).labels == ["0", "1e−5", "2e−5"])
        #expect(PlotTicks(logarithmic: 0.5...20_000).labels == ["1", "10", "100", "1000", "10k"])
        #expect(PlotTicks(logarithmic: 1e-7...0.5).labels.first == "10⁻⁷")
        #expect(PlotTicks(logarithmic: 8...256).labels == ["10", "20", "50", "100", "200"])
        #expect(PlotTicks(logarithmic: 3.1...3.9).values.count >= 2)
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<500 {
            let magnitude = pow(10, Double.random(in: -9...9, using: &generator))
            let low = Double.random(in: -1...1, using: &generator) * magnitude
            let relative = pow(10, Double.random(in: -6...6, using: &generator))
            let span = relative * max(abs(low), 1e-9)
            let ticks = PlotTicks(linear: low...low + span, count: 6)
            #expect((2...14).contains(ticks.values.count), "\(low) + \(span)")
            #expect(ticks.values.allSatisfy { $0 >= low - span * 1e-6 && $0 <= low + span * (1 + 1e-6) })
            #expect(
                Set(ticks.labels).count == ticks.labels.count || span < abs(low) * 1e-5, "\(ticks.labels)")
        }
    }

    @Test("a chart shows its data in its colours")
    func chart() throws {
        let points = (0..<20).map { Point(Double($0), Double($0 * $0)) }
        let blue = Plot(series: [.init(points, .line(width: 4), color: Color(0, 0, 255))])
        func share(_ image: Image) -> Int {
            stride(from: 0, to: image.pixels.count, by: 3).count { start in
                image.pixels[start] < 40 && image.pixels[start + 2] > 215
            }
        }
        let once = try blue.image(width: 400, height: 300)
        #expect(share(once) > 800)
        let twice = try blue.image(width: 400, height: 300, scale: 2)
        #expect(twice.width == 800 && share(twice) > 3 * share(once))
        let empty = try Plot().image(width: 400, height: 300)
        #expect(share(empty) == 0)
        #expect(try blue.image(width: 400, height: 300) == once)
    }

    @Test("any data and any words give a chart")
    func wildCharts() throws {
        let wild: [[Point]] = [
            [], [Point(.nan, 1)], [Point(1, .infinity), Point(2, 3)], [Point(5, 5)],
            [Point(1e300, 1e300), Point(0, 0)],
            [Point(-1, -1), Point(0, 0), Point(1e-20, 1e20)],
        ]
        let long = String(repeating: "very long words ", count: 40)
        for points in wild {
            for style in [Plot.Style.line(), .dashed(), .dots(), .lineAndDots()] {
                for scale in [Plot.Scale.linear, .logarithmic] {
                    let plot = Plot(
                        title: long, subtitle: long, x: .init(long, scale: scale),
                        y: .init(long, range: 3...3, scale: scale),
                        series: Array(repeating: .init(points, style, label: long), count: 4))
                    #expect(try plot.image(width: 200, height: 150).width == 200)
                }
            }
        }
        #expect(throws: ImageError.self) { try Plot().image(width: 10, height: 10) }
        #expect(throws: ImageError.self) { try Plot().image(scale: .nan) }
        #expect(throws: ImageError.self) { try Plot().image(width: 60_000, height: 60_000, scale: 16) }
    }

    @Test("terminal pictures put two pixels into each character")
    func terminal() throws {
        let image = try Image(
            width: 2, height: 3, channels: 3,
            pixels: [
                255, 0, 0, 0, 255, 0,
                0, 0, 255, 0, 0, 255,
                9, 9, 9, 9, 9, 9,
            ])
        let escape = "\u{1B}["
        let expected =
            escape + "38;2;255;0;0;48;2;0;0;255m▀" + escape + "38;2;0;255;0m▀" + escape + "0m\n"
            + escape + "38;2;9;9;9m▀▀" + escape + "0m\n"
        #expect(try TerminalPicture.text(of: image, columns: 2) == expected)
        let few = try TerminalPicture.text(of: image, columns: 2, colors: .palette256)
        #expect(few.hasPrefix(escape + "38;5;196;48;5;21m▀" + escape + "38;5;46m▀"))
    }

    @Test("terminal pictures have the asked width and keep the shape")
    func terminalSizes() throws {
        for channels in [1, 3, 4] {
            for columns in [-5, 1, 7, 40, 5000] {
                let text = try TerminalPicture.text(of: noise(30, 20, channels: channels), columns: columns)
                let lines = text.split(separator: "\n")
                let width = min(max(columns, 1), 1000)
                #expect(lines.allSatisfy { line in line.filter { $0 == "▀" }.count == width })
                #expect(abs(lines.count - width / 3) <= 1)
            }
        }
        let tall = try Image(width: 1, height: 60_000)
        #expect(try TerminalPicture.text(of: tall, columns: 1000).split(separator: "\n").count == 2000)
    }

    @Test("the 256-colour palette is hit where it can be")
    func palette() {
        #expect(TerminalPicture.paletteIndex([0, 0, 0]) == 16)
        #expect(TerminalPicture.paletteIndex([255, 255, 255]) == 231)
        #expect(TerminalPicture.paletteIndex([95, 135, 215]) == 16 + 36 + 12 + 4)
        #expect(TerminalPicture.paletteIndex([128, 128, 128]) == 244)
        #expect(TerminalPicture.paletteIndex([8, 8, 8]) == 232)
        #expect(TerminalPicture.paletteIndex([238, 238, 238]) == 255)
    }
}
