/// How much of each pixel a line of text covers, placed relative to the start of its base line.
struct TextMask: Hashable, Sendable {
    /// A rectangle of coverage.
    struct Piece: Hashable, Sendable {
        /// Left column and upper row; rows grow downwards, the base line lies above row 0.
        let x, y, width, height: Int
        let coverage: [UInt8]
    }

    private(set) var x = 0
    private(set) var y = 0
    private(set) var width = 0
    private(set) var height = 0
    private(set) var coverage: [UInt8] = []

    /// Joins the letters; where they overlap, the greater coverage counts.
    init(covering pieces: [Piece]) {
        let seen = pieces.filter { $0.width > 0 && $0.height > 0 }
        guard let first = seen.first else { return }
        var (left, top, right, bottom) = (first.x, first.y, first.x, first.y)
        for piece in seen {
            left = min(left, piece.x)
            top = min(top, piece.y)
            right = max(right, piece.x + piece.width)
            bottom = max(bottom, piece.y + piece.height)
        }
        (x, y, width, height) = (left, top, right - left, bottom - top)
        coverage = [UInt8](repeating: 0, count: width * height)
        for piece in seen {
            for row in 0..<piece.height {
                let write = (piece.y + row - top) * width + piece.x - left
                for column in 0..<piece.width {
                    let value = piece.coverage[row * piece.width + column]
                    coverage[write + column] = max(coverage[write + column], value)
                }
            }
        }
    }

    /// The mask for text that runs upwards: a quarter turn to the left around the pen's start.
    func turnedLeft() -> TextMask {
        var turned = self
        (turned.x, turned.y, turned.width, turned.height) = (y, -x - width, height, width)
        for row in 0..<height {
            for column in 0..<width {
                turned.coverage[(width - 1 - column) * height + row] = coverage[row * width + column]
            }
        }
        return turned
    }
}
