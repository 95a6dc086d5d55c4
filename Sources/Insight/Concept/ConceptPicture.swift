import Foundation
public import Images

extension ConceptAnswer {
    /// A map of the words with the sum as arrows, and the nearest words as bars, 1280 × 640 pixels.
    /// - Throws: `ImageError`.
    public func picture() throws(ImageError) -> Image {
        var canvas = try Canvas(width: 1280, height: 640, background: .paper)
        canvas.text(
            Font.bold.shortened(expression.typeset, size: 28, width: 1200), at: Point(40, 58), size: 28, .ink,
            font: .bold)
        canvas.text(
            "word vectors of length 1, seen in the plane of the sum; words of other meanings fall into it as shadows",
            at: Point(40, 86),
            size: 14, .mutedInk)
        ConceptMap(self, in: Rectangle(x: 40, y: 110, width: 730, height: 490)).draw(on: &canvas)
        drawBars(on: &canvas, left: 830, right: 1240)
        return canvas.image
    }

    private func drawBars(on canvas: inout Canvas, left: Double, right: Double) {
        let rows = min(nearest.count, 7)
        let step = min(28.0, 216 / Double(max(rows, 1)))
        let groups = [
            ("nearest words, yours left out", nearest, 110.0),
            ("the same with yours let in", nearestOfAll, 374.0),
        ]
        let inputs = Set(expression.words)
        for (title, neighbours, top) in groups {
            canvas.text(title, at: Point(left, top + 12), size: 14, .mutedInk, font: .bold)
            for (index, neighbour) in neighbours.prefix(rows).enumerated() {
                let y = top + 40 + Double(index) * step
                let isInput = inputs.contains(neighbour.word)
                let isBest = index == 0 && !isInput
                let color =
                    isInput ? Color.palette[7].opacity(0.55) : Color.palette[1].opacity(isBest ? 1 : 0.5)
                let name = Font.standard.shortened(neighbour.word, size: 16, width: 128)
                canvas.text(
                    name, at: Point(left + 130, y), size: 16, isInput ? .mutedInk : .ink,
                    font: isBest ? .bold : .standard, align: .trailing, anchor: .middle)
                let length = (right - left - 195) * min(max(neighbour.cosine, 0), 1)
                canvas.fill(
                    Rectangle(x: left + 142, y: y - step * 0.3, width: length, height: step * 0.6), color,
                    cornerRadius: 3)
                canvas.text(
                    String(format: "%.3f", neighbour.cosine), at: Point(left + 150 + length, y), size: 13,
                    .mutedInk,
                    anchor: .middle)
            }
        }
    }
}

/// The words of a sum and its neighbours on a plane.
struct ConceptMap {
    private struct Spot {
        let word: String
        let place: Point
        let kind: Kind
    }
    private enum Kind { case input, answer, neighbour, sum, origin }

    private let box: Rectangle
    private var spots: [Spot] = []
    private var arrows: [(from: Point, to: Point, color: Color)] = []

    private static let inputColor = Color.palette[0]
    private static let answerColor = Color.palette[1]
    private static let sumColor = Color.palette[2]

    init(_ answer: ConceptAnswer, in box: Rectangle) {
        self.box = box
        let inputs = answer.expression.words
        let best = answer.nearest.prefix(1).map(\.word)
        let others = answer.nearest.dropFirst().prefix(6).map(\.word)
        let steps = Self.steps(answer)
        // The arrows span the plane, so that they are seen in their true length; other words fall where they may.
        var spanning = steps.flatMap { [$0.from, $0.to] }
        if spanning.count < 4 { spanning += (best + others).compactMap { answer.vectors[$0] } }
        let plane = PrincipalPlane(of: spanning)

        func onPlane(_ vector: [Double]) -> Point {
            let place = plane.place(vector)
            return Point(place.x, -place.y)
        }
        func named(_ words: [String], _ kind: Kind) -> [(word: String, vector: [Double], kind: Kind)] {
            words.compactMap { word in answer.vectors[word].map { (word, $0, kind) } }
        }
        var shown = named(inputs, .input) + named(best, .answer) + named(others, .neighbour)
        shown.append((answer.expression.typeset, answer.sum, .sum))
        if let first = steps.first, first.from.allSatisfy({ $0 == 0 }) {
            shown.append(("0", first.from, .origin))
        }
        let places = shown.map { onPlane($0.vector) }
        let stepPlaces = steps.map { step in (onPlane(step.from), onPlane(step.to), step.color) }
        let fit = Self.scale(places + stepPlaces.flatMap { [$0.0, $0.1] }, into: box)
        spots = zip(shown, places).map { Spot(word: $0.word, place: fit($1), kind: $0.kind) }
        arrows = stepPlaces.map { (fit($0.0), fit($0.1), $0.2) }
    }

    /// The sum as arrows.
    ///
    /// `a − b + c` is drawn as the step from b to a, and the same step from c; other sums term by term.
    private static func steps(_ answer: ConceptAnswer) -> [(from: [Double], to: [Double], color: Color)] {
        let terms = answer.expression.terms
        let vectors = terms.map { answer.vectors[$0.word] ?? [] }
        let lost = terms.indices.filter { terms[$0].weight == -1 }
        let kept = terms.indices.filter { terms[$0].weight == 1 }
        if terms.count == 3, lost.count == 1, kept.count == 2 {
            // The step is taken from the word left out to the one before it, as one reads the expression.
            let partner = lost[0] > 0 ? lost[0] - 1 : kept[0]
            let start = kept.first { $0 != partner } ?? kept[1]
            return [
                (vectors[lost[0]], vectors[partner], inputColor.opacity(0.55)),
                (vectors[start], answer.sum, sumColor),
            ]
        }
        var sum = [Double](repeating: 0, count: answer.sum.count)
        var steps: [(from: [Double], to: [Double], color: Color)] = []
        for (term, vector) in zip(terms, vectors) {
            let next = zip(sum, vector).map { $0 + term.weight * $1 }
            steps.append((sum, next, (term.weight < 0 ? Color.palette[3] : sumColor).opacity(0.7)))
            sum = next
        }
        return steps
    }

    /// Maps places of the plane into a box, both axes alike, with room for words.
    private static func scale(_ places: [Point], into box: Rectangle) -> (Point) -> Point {
        let (xs, ys) = (places.map(\.x), places.map(\.y))
        let (left, right) = (xs.min() ?? 0, xs.max() ?? 1)
        let (top, bottom) = (ys.min() ?? 0, ys.max() ?? 1)
        let factor = min(
            (box.width - 150) / max(right - left, 1e-6), (box.height - 90) / max(bottom - top, 1e-6))
        let (middleX, middleY) = ((left + right) / 2, (top + bottom) / 2)
        return { place in
            Point(
                box.x + box.width / 2 + (place.x - middleX) * factor,
                box.y + box.height / 2 + (place.y - middleY) * factor)
        }
    }

    /// From the sum to the nearest word.
    private var tie: (from: Point, to: Point)? {
        guard let sum = spots.first(where: { $0.kind == .sum }),
            let best = spots.first(where: { $0.kind == .answer })
        else { return nil }
        return (sum.place, best.place)
    }

    func draw(on canvas: inout Canvas) {
        canvas.fill(box, .white, cornerRadius: 10)
        canvas.outline(box, .hairline, cornerRadius: 10)
        if let tie {
            canvas.polyline(
                [tie.from, tie.to], Self.answerColor.opacity(0.6), width: 1.6, dash: (stroke: 2, gap: 6))
        }
        for arrow in arrows { canvas.arrow(from: arrow.from, to: arrow.to, arrow.color, width: 3, head: 16) }
        for spot in spots {
            switch spot.kind {
            case .neighbour: canvas.disc(spot.place, radius: 4.5, Self.answerColor.opacity(0.45))
            case .input: canvas.disc(spot.place, radius: 7, Self.inputColor)
            case .answer: canvas.disc(spot.place, radius: 8, Self.answerColor)
            case .sum: canvas.ring(spot.place, radius: 9, Self.sumColor, width: 2.5)
            case .origin: canvas.disc(spot.place, radius: 4, .mutedInk)
            }
        }
        drawWords(on: &canvas)
    }

    /// Writes each word beside its dot where it hides the least; important words choose first.
    private func drawWords(on canvas: inout Canvas) {
        var taken = spots.map { Rectangle(x: $0.place.x - 7, y: $0.place.y - 7, width: 14, height: 14) }
        for kind in [Kind.answer, .input, .sum, .origin, .neighbour] {
            for spot in spots where spot.kind == kind {
                let isLarge = kind == .answer || kind == .input
                let size = isLarge ? 18.0 : 14
                let font = isLarge ? Font.bold : .standard
                let word = font.shortened(spot.word, size: size, width: box.width * 0.5)
                let width = font.width(of: word, size: size)
                let candidates = Self.offsets(width).map { offset in
                    Rectangle(
                        x: spot.place.x + offset.x, y: spot.place.y + offset.y - size * 0.5, width: width,
                        height: size)
                }
                let best = candidates.enumerated().min { left, right in
                    (hidden(left.element, taken), left.offset) < (hidden(right.element, taken), right.offset)
                }
                guard let place = best?.element else { continue }
                taken.append(place)
                let color: Color =
                    switch kind {
                    case .answer: Self.answerColor
                    case .input: Self.inputColor
                    case .sum: Self.sumColor
                    case .neighbour, .origin: .mutedInk
                    }
                canvas.text(
                    word, at: Point(place.x, place.y + size / 2), size: size, color, font: font,
                    anchor: .middle)
            }
        }
    }

    /// Where a word may stand relative to its dot, best first: left end and middle of its height.
    private static func offsets(_ width: Double) -> [Point] {
        [
            Point(12, 0), Point(-12 - width, 0), Point(-width / 2, -20), Point(-width / 2, 20),
            Point(10, -16),
            Point(10, 16), Point(-10 - width, -16), Point(-10 - width, 16),
        ]
    }

    /// How much a word would hide, in square pixels, and how far it would leave the box.
    private func hidden(_ place: Rectangle, _ taken: [Rectangle]) -> Double {
        func overlap(_ low: Double, _ high: Double, _ otherLow: Double, _ otherHigh: Double) -> Double {
            max(0, min(high, otherHigh) - max(low, otherLow))
        }
        var area = taken.reduce(0) { sum, other in
            sum + overlap(place.x, place.right, other.x, other.right)
                * overlap(place.y, place.bottom, other.y, other.bottom)
        }
        for line in arrows.map({ ($0.from, $0.to) }) + [tie].compactMap({ $0 }) {
            for step in 0...40 {
                let share = Double(step) / 40
                let x = line.0.x + (line.1.x - line.0.x) * share
                let y = line.0.y + (line.1.y - line.0.y) * share
                if x > place.x - 3, x < place.right + 3, y > place.y - 3, y < place.bottom + 3 { area += 30 }
            }
        }
        let outside =
            max(0, box.x + 6 - place.x) + max(0, place.right - box.right + 6)
            + max(0, box.y + 6 - place.y) + max(0, place.bottom - box.bottom + 6)
        return area + outside * 50
    }
}
