import Foundation

/// Draws one chart: measures first, then grid, series, axes and words.
struct PlotDrawing {
    private(set) var canvas: Canvas
    private let plot: Plot
    /// How many pixels one unit of the design is.
    private let unit: Double
    private let area: Rectangle
    private let xRange, yRange: ClosedRange<Double>
    private let xTicks, yTicks: PlotTicks
    private let legendTop: Double

    private static let labelSize = 14.0
    private static let tickSize = 13.0
    private static let titleSize = 20.0
    private static let subtitleSize = 14.0
    private static let margin = 22.0

    init(_ plot: Plot, on canvas: Canvas, unit: Double) {
        self.plot = plot
        self.canvas = canvas
        self.unit = unit
        let points = plot.series.flatMap(\.points)
        xRange = Plot.shownRange(plot.x, values: points.map(\.x))
        yRange = Plot.shownRange(plot.y, values: points.map(\.y))
        let width = Double(canvas.width) / unit
        let height = Double(canvas.height) / unit

        var top = Self.margin
        if !plot.title.isEmpty { top += Self.titleSize * 1.35 }
        if !plot.subtitle.isEmpty { top += Self.subtitleSize * 1.5 }
        legendTop = top + (plot.title.isEmpty && plot.subtitle.isEmpty ? 0 : 6)
        top = legendTop
        let rows = Self.legendRows(plot, width: width - 2 * Self.margin)
        if !rows.isEmpty { top += Double(rows.count) * Self.labelSize * 1.6 + 4 }
        top += 10
        let bottom =
            height - Self.margin - (plot.x.label.isEmpty ? 0 : Self.labelSize * 1.7) - Self.tickSize * 1.7

        yTicks = Self.ticks(plot.y, yRange, count: max(2, Int((bottom - top) / 62)))
        let widest = yTicks.labels.map { Font.standard.width(of: $0, size: Self.tickSize) }.max() ?? 0
        let left = Self.margin + (plot.y.label.isEmpty ? 0 : Self.labelSize * 1.8) + widest + 10
        let right = width - Self.margin - 6
        xTicks = Self.ticks(plot.x, xRange, count: max(2, Int((right - left) / 95)))
        area = Rectangle(
            x: left, y: top, width: max(right - left, 20), height: max(bottom - top, 20))
    }

    private static func ticks(_ axis: Plot.Axis, _ range: ClosedRange<Double>, count: Int) -> PlotTicks {
        switch axis.scale {
        case .linear: PlotTicks(linear: range, count: count)
        case .logarithmic: PlotTicks(logarithmic: range)
        }
    }

    mutating func draw() {
        drawHeadings()
        drawGrid()
        drawSeries()
        drawAxes()
    }

    // MARK: Places, from data to design units to pixels

    private static func share(_ value: Double, _ range: ClosedRange<Double>, _ scale: Plot.Scale) -> Double {
        switch scale {
        case .linear:
            return (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        case .logarithmic:
            guard value > 0 else { return .nan }
            return log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
        }
    }

    private func column(_ value: Double) -> Double {
        area.x + Self.share(value, xRange, plot.x.scale) * area.width
    }

    private func row(_ value: Double) -> Double {
        area.bottom - Self.share(value, yRange, plot.y.scale) * area.height
    }

    private func pixel(_ x: Double, _ y: Double) -> Point { Point(x * unit, y * unit) }

    private func place(_ point: Point) -> Point { pixel(column(point.x), row(point.y)) }

    // MARK: Parts

    private mutating func write(
        _ text: String, _ x: Double, _ y: Double, size: Double, _ color: Color, font: Font = .standard,
        align: TextAlignment = .leading, anchor: TextAnchor = .baseline, upwards: Bool = false
    ) {
        canvas.text(
            text, at: pixel(x, y), size: size * unit, color, font: font, align: align, anchor: anchor,
            upwards: upwards)
    }

    private mutating func drawHeadings() {
        var y = Self.margin
        let room = Double(canvas.width) / unit - 2 * Self.margin
        if !plot.title.isEmpty {
            let title = Font.bold.shortened(plot.title, size: Self.titleSize, width: room)
            write(title, Self.margin, y + Self.titleSize * 0.9, size: Self.titleSize, .ink, font: .bold)
            y += Self.titleSize * 1.35
        }
        if !plot.subtitle.isEmpty {
            let subtitle = Font.standard.shortened(plot.subtitle, size: Self.subtitleSize, width: room)
            write(subtitle, Self.margin, y + Self.subtitleSize * 0.9, size: Self.subtitleSize, .mutedInk)
        }
        drawLegend()
    }

    /// The legend's entries, as many in a row as fit; each is an index of a series.
    private static func legendRows(_ plot: Plot, width: Double) -> [[Int]] {
        var rows: [[Int]] = []
        var used = 0.0
        for index in plot.series.indices where !plot.series[index].label.isEmpty {
            let needed = legendWidth(plot.series[index].label, most: width)
            if rows.isEmpty || used + needed > width {
                rows.append([])
                used = 0
            }
            rows[rows.count - 1].append(index)
            used += needed
        }
        return rows
    }

    private static func legendWidth(_ label: String, most: Double) -> Double {
        min(most, 30 + Font.standard.width(of: label, size: labelSize) + 22)
    }

    private mutating func drawLegend() {
        let colors = plot.colors
        let width = Double(canvas.width) / unit - 2 * Self.margin
        for (number, entries) in Self.legendRows(plot, width: width).enumerated() {
            let y = legendTop + (Double(number) + 0.5) * Self.labelSize * 1.6
            var x = Self.margin
            for index in entries {
                let series = plot.series[index]
                drawStroke(
                    [Point(x, y), Point(x + 11, y), Point(x + 22, y)], series.style, colors[index],
                    isKey: true)
                let label = Font.standard.shortened(series.label, size: Self.labelSize, width: width - 52)
                write(label, x + 30, y, size: Self.labelSize, .ink, anchor: .middle)
                x += Self.legendWidth(series.label, most: width)
            }
        }
    }

    private mutating func drawGrid() {
        for value in yTicks.values {
            rule(from: (area.x, row(value)), to: (area.right, row(value)), .hairline)
        }
        for value in xTicks.values {
            rule(from: (column(value), area.y), to: (column(value), area.bottom), .hairline)
        }
    }

    /// A line along an axis, moved onto whole pixels so that it is crisp.
    private mutating func rule(
        from: (Double, Double), to: (Double, Double), _ color: Color, width: Double = 1
    ) {
        let thickness = max(1, (width * unit).rounded())
        func crisp(_ value: Double) -> Double { (value * unit - thickness / 2).rounded() }
        guard (from.0 + from.1 + to.0 + to.1).isFinite else { return }
        let isFlat = from.1 == to.1
        let (x, y) = (crisp(from.0), crisp(min(from.1, to.1)))
        canvas.fill(
            Rectangle(
                x: x, y: y, width: isFlat ? (to.0 - from.0) * unit : thickness,
                height: isFlat ? thickness : abs(to.1 - from.1) * unit), color)
    }

    private mutating func drawSeries() {
        canvas.clip = Rectangle(
            x: (area.x - 1) * unit, y: (area.y - 1) * unit, width: (area.width + 2) * unit,
            height: (area.height + 2) * unit)
        for (series, color) in zip(plot.series, plot.colors) {
            let places = series.points.map(place).map { Point($0.x / unit, $0.y / unit) }
            drawStroke(places, series.style, color, isKey: false)
        }
        canvas.clip = nil
    }

    /// Draws points in design units in the style of a series; a key is the sample in the legend.
    private mutating func drawStroke(_ points: [Point], _ style: Plot.Style, _ color: Color, isKey: Bool) {
        let places = points.map { pixel($0.x, $0.y) }
        switch style {
        case .line(let width):
            canvas.polyline(places, color, width: width * unit)
        case .dashed(let width):
            canvas.polyline(places, color, width: width * unit, dash: (6 * unit, 5 * unit))
        case .dots(let radius):
            drawDots(isKey ? [places[1]] : places, radius: isKey ? min(radius, 6) : radius, color)
        case .lineAndDots(let width, let radius):
            canvas.polyline(places, color, width: width * unit)
            drawDots(isKey ? [places[1]] : places, radius: isKey ? min(radius, 6) : radius, color)
        }
    }

    private mutating func drawDots(_ places: [Point], radius: Double, _ color: Color) {
        for place in places where (place.x + place.y).isFinite {
            canvas.disc(place, radius: (radius + 0.8) * unit, Color.white.opacity(0.85))
            canvas.disc(place, radius: radius * unit, color)
        }
    }

    private mutating func drawAxes() {
        let axisColor = Color(hex: 0x98A2B3)
        rule(from: (area.x, area.bottom), to: (area.right, area.bottom), axisColor)
        if yRange.lowerBound < 0, yRange.upperBound > 0 {
            rule(from: (area.x, row(0)), to: (area.right, row(0)), axisColor)
        }
        for (value, label) in zip(yTicks.values, yTicks.labels) {
            write(
                label, area.x - 9, row(value), size: Self.tickSize, .mutedInk, align: .trailing,
                anchor: .middle)
        }
        for (value, label) in zip(xTicks.values, xTicks.labels) {
            rule(from: (column(value), area.bottom), to: (column(value), area.bottom + 4), axisColor)
            write(
                label, column(value), area.bottom + Self.tickSize * 1.5, size: Self.tickSize, .mutedInk,
                align: .centre)
        }
        let bottom = Double(canvas.height) / unit - Self.margin
        write(plot.x.label, area.x + area.width / 2, bottom, size: Self.labelSize, .ink, align: .centre)
        write(
            plot.y.label, Self.margin + Self.labelSize * 0.8, area.y + area.height / 2, size: Self.labelSize,
            .ink,
            align: .centre, upwards: true)
    }
}
