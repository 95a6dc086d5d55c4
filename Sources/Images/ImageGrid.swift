/// A contact sheet: pictures in rows, captions under them, a title above.
public struct ImageGrid: Sendable {
    /// One picture and what is written under it.
    public struct Cell: Hashable, Sendable {
        /// The picture.
        public var image: Image
        /// Text under it, wrapped to the picture's width; empty for none.
        public var caption: String

        /// Pairs a picture with its caption.
        public init(_ image: Image, caption: String = "") {
            self.image = image
            self.caption = caption
        }
    }

    /// The pictures in reading order.
    public var cells: [Cell]
    /// Pictures in a row; nil chooses a sheet that is a little wider than high.
    public var columns: Int?
    /// Written large above the pictures; empty for none.
    public var title = ""
    /// Written smaller under the title; empty for none.
    public var subtitle = ""
    /// Above the columns, such as step counts; empty for none.
    public var columnTitles: [String] = []
    /// The box that each picture is fitted into, in pixels; nil takes the largest picture's size.
    public var cellSize: (width: Int, height: Int)?
    /// How pictures are fitted; `.nearest` shows the pixels of small ones as squares.
    public var method = ResizeMethod.automatic
    /// Space between cells in pixels.
    public var gap = 16
    /// Space around everything in pixels.
    public var margin = 24
    /// Height of captions in pixels per em.
    public var captionSize = 13.0
    /// The most lines of a caption; longer ones end in "…".
    public var captionLines = 5
    /// What lies behind everything.
    public var background = Color.paper

    /// A sheet of pictures with captions.
    public init(_ cells: [Cell], columns: Int? = nil, title: String = "") {
        self.cells = cells
        self.columns = columns
        self.title = title
    }

    /// A plain sheet of pictures.
    public init(_ images: [Image], columns: Int? = nil, title: String = "") {
        self.init(images.map { Cell($0) }, columns: columns, title: title)
    }

    /// Draws the sheet.
    ///
    /// - Throws: `ImageError.noPictures`; `.impossibleSize` when the sheet would be too large.
    public func image() throws(ImageError) -> Image {
        guard !cells.isEmpty else { throw .noPictures(of: "a contact sheet") }
        let layout = Layout(self)
        var canvas = try Canvas(width: layout.width, height: layout.height, background: background)
        let textWidth = Double(layout.width - 2 * layout.margin)
        var y = Double(layout.margin)
        for (text, size, color, font) in headings where !text.isEmpty {
            y += canvas.paragraph(
                text, at: Point(Double(layout.margin), y), width: textWidth, size: size, color, font: font)
            y += textSize * 0.3
        }
        for (column, text) in columnTitles.prefix(layout.columns).enumerated() {
            let centre = Double(layout.x(of: column)) + Double(layout.cellWidth) / 2
            let fitted = Font.bold.shortened(text, size: textSize, width: Double(layout.cellWidth))
            canvas.text(
                fitted, at: Point(centre, Double(layout.rowStarts[0]) - textSize * 0.6), size: textSize,
                .mutedInk, font: .bold, align: .centre)
        }
        for (index, cell) in cells.enumerated() {
            let (row, column) = index.quotientAndRemainder(dividingBy: layout.columns)
            let (left, top) = (layout.x(of: column), layout.rowStarts[row])
            let fitted =
                cellSize == nil
                ? cell.image
                : try cell.image.fitted(within: layout.cellWidth, layout.cellHeight, method: method)
            canvas.draw(
                fitted, x: left + (layout.cellWidth - fitted.width) / 2,
                y: top + layout.cellHeight - fitted.height)
            for (number, line) in layout.captions[index].enumerated() {
                let base =
                    Double(top + layout.cellHeight) + textSize * 1.5 + Double(number) * layout.lineHeight
                canvas.text(line, at: Point(Double(left), base), size: textSize, .ink)
            }
        }
        return canvas.image
    }

    /// The size of captions, where it can be drawn.
    private var textSize: Double { Font.clamped(captionSize) }

    /// What stands above the pictures.
    private var headings: [(text: String, size: Double, color: Color, font: Font)] {
        [(title, textSize * 1.7, .ink, .bold), (subtitle, textSize * 1.1, .mutedInk, .standard)]
    }

    /// Where everything goes.
    private struct Layout {
        let columns, cellWidth, cellHeight, gap, margin, width, height: Int
        let captions: [[String]]
        let rowStarts: [Int]
        let lineHeight: Double

        init(_ grid: ImageGrid) {
            // Sizes beyond what an image can hold are cut, so that sums cannot overflow; the canvas then refuses.
            func bounded(_ value: Int) -> Int { min(max(value, 0), Image.longestSide) }
            let gap = bounded(grid.gap)
            let margin = bounded(grid.margin)
            let cellWidth = max(1, bounded(grid.cellSize?.width ?? grid.cells.map(\.image.width).max() ?? 1))
            let cellHeight = max(
                1, bounded(grid.cellSize?.height ?? grid.cells.map(\.image.height).max() ?? 1))
            let shape = Double(grid.cells.count) * 1.3 * Double(cellHeight) / Double(cellWidth)
            let columns = min(grid.cells.count, max(1, grid.columns ?? Int(shape.squareRoot().rounded(.up))))
            let lineHeight = Font.standard.metrics(size: grid.textSize).lineHeight
            let captions = grid.cells.map { cell in
                cell.caption.isEmpty
                    ? []
                    : Font.standard.lines(
                        of: cell.caption, size: grid.textSize, width: Double(cellWidth),
                        limit: grid.captionLines)
            }
            let width = 2 * margin + columns * cellWidth + (columns - 1) * gap
            var y = Double(margin)
            var hasHeading = false
            for heading in grid.headings where !heading.text.isEmpty {
                let lines = heading.font.lines(
                    of: heading.text, size: heading.size, width: Double(width - 2 * margin))
                y += Double(lines.count) * heading.font.metrics(size: heading.size).lineHeight
                y += grid.textSize * 0.3
                hasHeading = true
            }
            if hasHeading { y += Double(margin) * 0.6 }
            if !grid.columnTitles.isEmpty { y += grid.textSize * 1.6 }
            var starts: [Int] = []
            for first in stride(from: 0, to: grid.cells.count, by: columns) {
                starts.append(Int(y))
                let lines = captions[first..<min(first + columns, captions.count)].map(\.count).max() ?? 0
                y += Double(cellHeight + gap) + Double(lines) * lineHeight
                if lines > 0 { y += grid.textSize * 0.6 }
            }
            self.columns = columns
            self.cellWidth = cellWidth
            self.cellHeight = cellHeight
            self.gap = gap
            self.margin = margin
            self.width = width
            self.height = Int(y) - gap + margin
            self.captions = captions
            self.lineHeight = lineHeight
            rowStarts = starts
        }

        func x(of column: Int) -> Int { margin + column * (cellWidth + gap) }
    }
}
