import Foundation

extension LineFit {
    /// The line swinging into place as texts for a terminal, all with the same number of lines.
    ///
    /// Show one over the other: each is `rows + 2` lines of at most `columns` characters, ended by line breaks.
    /// - Parameters:
    ///   - frames: about how many texts.
    ///   - columns: characters across, 20 to 400; others are clamped.
    ///   - rows: lines of the picture, 5 to 200; others are clamped.
    ///   - colored: with colours of the terminal, as escape sequences.
    /// - Returns: the texts in order, the first before the first update.
    public func terminalFrames(
        _ frames: Int = 96, columns: Int = 72, rows: Int = 18, colored: Bool = true
    ) -> [String] {
        shownUpdates(max(2, frames)).map { update in
            terminalFrame(
                after: update, columns: min(max(columns, 20), 400), rows: min(max(rows, 5), 200),
                colored: colored)
        }
    }

    private func terminalFrame(after update: Int, columns: Int, rows: Int, colored: Bool) -> String {
        var canvas = BrailleCanvas(columns: columns, rows: rows)
        let examples = problem.examples
        let xs = examples.map(\.x) + [0]
        let ys = examples.map(\.y) + [0]
        let (left, right, low, high) = (xs.min() ?? 0, xs.max() ?? 1, ys.min() ?? 0, ys.max() ?? 1)
        func column(_ x: Double) -> Int {
            Int((x - left) / max(right - left, 1e-9) * Double(canvas.width - 2)) + 1
        }
        func row(_ y: Double) -> Int? {
            let share = (y - low) / max(high - low, 1e-9)
            return (-1...2).contains(share) ? canvas.height - 2 - Int(share * Double(canvas.height - 3)) : nil
        }
        /// Dots from left to right along `y = slope · x`, with gaps when `every` is above 1.
        func draw(_ slope: Double, _ ink: BrailleCanvas.Ink, every: Int) {
            var last: Int?
            for step in 0..<canvas.width {
                let x = left + (right - left) * Double(step) / Double(canvas.width - 1)
                guard let y = row(slope * x) else {
                    last = nil
                    continue
                }
                let from = last ?? y
                if step % (2 * every) < every || every == 1 {
                    for between in min(from, y)...max(from, y) { canvas.dot(column(x), between, ink) }
                }
                last = y
            }
        }
        draw(problem.leastSquares, .green, every: 3)
        for example in examples {
            guard let y = row(example.y) else { continue }
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                canvas.dot(column(example.x) + dx, y + dy, .blue)
            }
        }
        draw(weights[update], .yellow, every: 1)
        var words = "update \(update) of \(updates)   w = \(LinePicture.text(weights[update], ""))"
        if update > 0 {
            let (example, error) = visit(update)
            if let from = row(weights[update - 1] * example.x), let to = row(example.y) {
                for y in min(from, to)...max(from, to) { canvas.dot(column(example.x), y, .red) }
            }
            words += "   d = \(LinePicture.text(error, "+"))"
        }
        let legend = "points: blocks   dashes: least squares \(LinePicture.text(problem.leastSquares, ""))"
        return canvas.text(colored: colored) + [words, legend].map { $0.prefix(columns) + "\n" }.joined()
    }
}
