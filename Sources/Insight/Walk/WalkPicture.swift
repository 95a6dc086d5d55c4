import Foundation
public import Images

extension ConditioningWalk {
    /// The longest side that small pictures are enlarged towards, by whole factors.
    static let shownSide = 192

    /// The pictures in a row (or several), the prompts at the ends and the steps between as bars.
    /// - Parameters:
    ///   - start: the prompt of the first picture.
    ///   - end: the prompt of the last picture.
    /// - Returns: the strip; more than ten pictures take several rows.
    /// - Throws: `ImageError.impossibleSize` when the strip would be too large.
    public func strip(from start: String, to end: String) throws(ImageError) -> Image {
        let rows = (frames.count + 9) / 10
        let columns = (frames.count + rows - 1) / rows
        let (width, height) = shownSize
        let (margin, gap) = (32, 10)
        let rowHeight = height + 54
        let total = max(2 * margin + columns * width + (columns - 1) * gap, 480)
        let room = Double(total - 2 * margin)
        let titles = [start, end].map { Font.bold.shortened("“\($0)”", size: 20, width: room) }
        let together = titles.reduce(40) { $0 + Font.bold.width(of: $1, size: 20) }
        let top = together <= room ? 66 : 96
        var canvas = try Canvas(width: total, height: top + rows * rowHeight + margin, background: .paper)
        canvas.text(titles[0], at: Point(Double(margin), 46), size: 20, Color.palette[0], font: .bold)
        canvas.text(
            titles[1], at: Point(Double(total - margin), Double(top) - 20), size: 20, Color.palette[1],
            font: .bold,
            align: .trailing)
        let numbers = report
        let largest = max(numbers.neighbours.max() ?? 0, 1e-9)
        for (index, frame) in frames.enumerated() {
            let x = margin + index % columns * (width + gap)
            let y = top + index / columns * rowHeight
            canvas.draw(try shown(frame.image), x: x, y: y)
            let color = Color.palette[0].mixed(with: Color.palette[1], frame.share)
            canvas.fill(
                Rectangle(x: Double(x), y: Double(y + height), width: Double(width), height: 4), color)
            canvas.text(
                String(format: "%.0f %%", frame.share * 100), at: Point(Double(x), Double(y + height) + 22),
                size: 13,
                .ink)
            guard index + 1 < frames.count else { continue }
            // The bar says how far the next picture is away.
            let step = numbers.neighbours[index]
            let length = Double(width) * 0.5 * step / largest
            let right = Double(x + width)
            canvas.fill(
                Rectangle(x: right - length, y: Double(y + height) + 14, width: length, height: 7),
                .mutedInk.opacity(0.45), cornerRadius: 3)
            canvas.text(
                String(format: "%.3f", step), at: Point(right, Double(y + height) + 36), size: 11, .mutedInk,
                align: .trailing)
        }
        return canvas.image
    }

    /// The walk there and back without end, with a bar that says where it is.
    /// - Parameters:
    ///   - start: the prompt of the first picture.
    ///   - end: the prompt of the last picture.
    /// - Returns: twice as many frames less two, the ends shown longer.
    /// - Throws: `ImageError`.
    public func animation(from start: String, to end: String) throws(ImageError) -> AnimatedImage {
        var there: [Image] = []
        for frame in frames { there.append(try animationFrame(frame, start, end)) }
        let last = frames.count - 1
        let pause = 1100
        let step = max(60, min(400, 3200 / frames.count))
        let order = Array(0...last) + Array((1..<max(last, 1)).reversed())
        return try AnimatedImage(
            frames: order.map {
                AnimatedImage.Frame(there[$0], milliseconds: $0 == 0 || $0 == last ? pause : step)
            })
    }

    private func animationFrame(_ frame: Frame, _ start: String, _ end: String) throws(ImageError) -> Image {
        let image = try shown(frame.image, factor: 2)
        let margin = 28
        var canvas = try Canvas(
            width: max(image.width, 360) + 2 * margin, height: image.height + 2 * margin + 64,
            background: .paper)
        canvas.draw(image, x: (canvas.width - image.width) / 2, y: margin)
        let (left, right) = (Double(margin), Double(canvas.width - margin))
        let y = Double(margin + image.height) + 22
        canvas.line(Point(left, y), Point(right, y), .hairline, width: 5)
        let place = left + (right - left) * frame.share
        let color = Color.palette[0].mixed(with: Color.palette[1], frame.share)
        canvas.disc(Point(place, y), radius: 8, color)
        let room = (right - left) * 0.5 - 10
        canvas.paragraph(
            start, at: Point(left, y + 14), width: room, size: 14,
            Color.palette[0].mixed(with: .hairline, frame.share * 0.8), limit: 2)
        for (line, text) in Font.standard.lines(of: end, size: 14, width: room, limit: 2).enumerated() {
            let metrics = Font.standard.metrics(size: 14)
            canvas.text(
                text, at: Point(right, y + 14 + metrics.ascent + Double(line) * metrics.lineHeight), size: 14,
                Color.palette[1].mixed(with: .hairline, (1 - frame.share) * 0.8), align: .trailing)
        }
        return canvas.image
    }

    private var shownSize: (width: Int, height: Int) {
        let image = frames[0].image
        let longest = max(image.width, image.height)
        if longest > Self.shownSide {
            let scale = Double(Self.shownSide) / Double(longest)
            return (
                max(1, Int((Double(image.width) * scale).rounded())),
                max(1, Int((Double(image.height) * scale).rounded()))
            )
        }
        let factor = Self.shownSide / longest
        return (image.width * factor, image.height * factor)
    }

    /// Small pictures smoothly enlarged, large ones reduced.
    private func shown(_ image: Image, factor: Int = 1) throws(ImageError) -> Image {
        let size = shownSize
        let (width, height) = (size.width * factor, size.height * factor)
        return try image.resized(
            width: width, height: height, method: width > image.width ? .bicubic : .automatic)
    }
}
