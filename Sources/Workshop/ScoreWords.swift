import Datasets
import Evaluation
import Foundation

/// What was measured: numbers for programs, words for people.
public struct ScoreReport: Encodable, Sendable {
    /// The numbers; all that stands in the JSON.
    public let numbers: any Encodable & Sendable
    /// The same as tables, line by line.
    public let words: [String]
    /// Files to look at.
    public let paths: [String]
    /// What was done, in a sentence.
    public let summary: String

    /// Writes the numbers.
    public func encode(to encoder: any Encoder) throws { try numbers.encode(to: encoder) }
}

/// Score cards as tables of text.
enum ScoreWords {
    /// One part of a score card.
    static func lines(of part: PartScore, world: WorldName) -> [String] {
        let heading = ["", "right", "95 %", "probe on renders", "share", "chance", "n"]
        let attributes = part.attributes.map { score in
            row(
                score.attribute.rawValue, score.model, ceiling: score.ceiling,
                share: score.shareOfCeiling, chance: score.chance)
        }
        let combinations = part.combinations.map { score in
            row(
                ScorePage.words(score.combination), score.model, ceiling: score.ceiling,
                share: score.ceiling.value > 0 ? score.model.value / score.ceiling.value : nil, chance: nil)
        }
        // One table, so that the columns of both stand under each other.
        var lines = ["\(part.split.scoreTitle): \(part.prompts) prompts, \(part.pictures) pictures"]
        lines += table([heading] + attributes + combinations)
        if let distance = part.distance {
            let range = "\(fixed(distance.low, 2))–\(fixed(distance.high, 2))"
            lines.append(
                "  \(distance.features.distanceTitle) \(fixed(distance.value, 2)) (95 % \(range)); "
                    + "renders of other \(world.rawValue) \(fixed(distance.otherScenes, 2))")
        }
        return lines
    }

    /// What a probe reads.
    static func lines(of part: ProbeReport.Part, world: WorldName) -> [String] {
        let entries = part.attributes.map { entry in
            [
                entry.attribute.rawValue, percent(entry.share.value), range(entry.share),
                "\(entry.share.count)",
            ]
        }
        return ["renders with \(part.split.scoreTitle): \(part.pictures) \(world.rawValue)"]
            + table([["", "right", "95 %", "n"]] + entries)
    }

    private static func row(
        _ name: String, _ model: Share, ceiling: Share, share: Double?, chance: Double?
    ) -> [String] {
        [
            name, percent(model.value), range(model), percent(ceiling.value),
            share.map { percent($0) } ?? "–", chance.map { percent($0) } ?? "–", "\(model.count)",
        ]
    }

    /// The first column to the left, all others to the right.
    static func table(_ rows: [[String]]) -> [String] {
        let widths = (rows.first ?? []).indices.map { column in
            rows.map { $0[column].count }.max() ?? 0
        }
        return rows.map { row in
            let cells = zip(row, widths).enumerated().map { column, cell in
                let room = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + room : room + cell.0
            }
            return "  " + cells.joined(separator: "  ")
        }
    }

    private static func percent(_ share: Double) -> String { fixed(100 * share, 1) + " %" }

    private static func range(_ share: Share) -> String {
        fixed(100 * share.low, 1) + "–" + fixed(100 * share.high, 1)
    }

    private static func fixed(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }
}
