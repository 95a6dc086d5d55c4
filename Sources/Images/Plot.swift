import Foundation

/// A chart of lines and points with axes, for pictures that people look at.
public struct Plot: Sendable {
    /// How a series is drawn.
    public enum Style: Hashable, Sendable {
        /// A line this many pixels wide.
        case line(width: Double = 2.5)
        /// A broken line this many pixels wide.
        case dashed(width: Double = 2)
        /// A disc of this radius at each point.
        case dots(radius: Double = 4)
        /// A line with a disc at each point.
        case lineAndDots(width: Double = 2.5, radius: Double = 4)
    }

    /// Values that belong together.
    public struct Series: Hashable, Sendable {
        /// Positions in the units of the axes; those that are no numbers interrupt a line.
        public var points: [Point]
        /// How they are drawn.
        public var style: Style
        /// What the legend calls them; empty for no entry.
        public var label: String
        /// Their colour; nil takes the next of `Color.palette`.
        public var color: Color?

        /// A series of points.
        public init(_ points: [Point], _ style: Style = .line(), label: String = "", color: Color? = nil) {
            self.points = points
            self.style = style
            self.label = label
            self.color = color
        }
    }

    /// How numbers map to lengths.
    public enum Scale: Hashable, Sendable {
        /// Equal differences, equal lengths.
        case linear
        /// Equal ratios, equal lengths; values of zero and below are left out.
        case logarithmic
    }

    /// One direction of the chart.
    public struct Axis: Hashable, Sendable {
        /// What is measured, with its unit.
        public var label: String
        /// What is shown; nil shows all values with a little room around them.
        public var range: ClosedRange<Double>?
        /// How numbers map to lengths.
        public var scale: Scale

        /// A direction of the chart.
        public init(_ label: String = "", range: ClosedRange<Double>? = nil, scale: Scale = .linear) {
            self.label = label
            self.range = range
            self.scale = scale
        }
    }

    /// Written large above; empty for none.
    public var title: String
    /// Written smaller under the title; empty for none.
    public var subtitle: String
    /// To the right.
    public var x: Axis
    /// Upwards.
    public var y: Axis
    /// What is shown, later series on top.
    public var series: [Series]

    /// A chart.
    public init(
        title: String = "", subtitle: String = "", x: Axis = Axis(), y: Axis = Axis(), series: [Series] = []
    ) {
        self.title = title
        self.subtitle = subtitle
        self.x = x
        self.y = y
        self.series = series
    }

    /// Draws the chart; `scale` 2 gives the same picture with twice the pixels.
    ///
    /// Never fails for its data: without any finite value the axes show 0…1.
    /// - Throws: `ImageError.impossibleSize`, also when there is less than 160 × 120 pixels at scale 1.
    public func image(width: Int = 960, height: Int = 600, scale: Double = 1) throws(ImageError) -> Image {
        guard width >= 160, height >= 120, width <= Image.longestSide, height <= Image.longestSide,
            scale >= 0.5, scale <= 16
        else { throw .impossibleSize(width: width, height: height) }
        let canvas = try Canvas(
            width: Int(Double(width) * scale), height: Int(Double(height) * scale), background: .white)
        var drawing = PlotDrawing(self, on: canvas, unit: scale)
        drawing.draw()
        return drawing.canvas.image
    }

    /// The colour of each series.
    var colors: [Color] {
        var next = 0
        return series.map { series in
            if let color = series.color { return color }
            defer { next += 1 }
            return Color.palette[next % Color.palette.count]
        }
    }

    /// The range that an axis shows: as asked for, or what holds all values with a little room.
    static func shownRange(_ axis: Axis, values: [Double]) -> ClosedRange<Double> {
        let isLogarithmic = axis.scale == .logarithmic
        if let asked = axis.range, asked.lowerBound.isFinite, asked.upperBound.isFinite,
            asked.lowerBound < asked.upperBound, !isLogarithmic || asked.lowerBound > 0
        {
            return asked
        }
        let usable = values.filter { $0.isFinite && abs($0) < 1e150 && (!isLogarithmic || $0 > 1e-150) }
        guard let low = usable.min(), let high = usable.max() else { return isLogarithmic ? 0.1...1 : 0...1 }
        if isLogarithmic {
            let room = low == high ? 3 : pow(high / low, 0.04)
            return low / room...high * room
        }
        let room = low == high ? max(abs(low) * 0.1, 0.5) : (high - low) * 0.05
        // An axis that nearly starts at zero starts there.
        let start = low >= 0 && low - room < 0 ? 0 : low - room
        return start...high + room
    }
}
