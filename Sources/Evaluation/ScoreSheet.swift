import Datasets
public import Images

/// Contact sheets of drawn pictures.
public enum ScoreSheet {
    /// Pictures on a sheet.
    public static let size = 24
    private static let cell = 160

    /// The pictures with the largest share of wrong answers, worst first, each with what is wrong.
    /// - Throws: `ImageError.noPictures`.
    public static func worst(_ pictures: [ScoredPicture], title: String) throws -> Image {
        let ranked = pictures.enumerated().sorted {
            ($1.element.wrongShare, $0.offset) < ($0.element.wrongShare, $1.offset)
        }
        return try sheet(
            ranked.prefix(size).map(\.element), title: title,
            subtitle: "The pictures with most mistakes, as the probe reads them: chosen to be bad.")
    }

    /// The first pictures of each part, not chosen.
    /// - Throws: `ImageError.noPictures`.
    public static func unchosen(_ pictures: [ScoredPicture], title: String) throws -> Image {
        var seen: Set<String> = []
        let single = pictures.filter { seen.insert("\($0.split) \($0.prompt)").inserted }
        let parts = Dictionary(grouping: single, by: \.split)
        let each = size / max(1, parts.count)
        let first = parts.sorted { $0.key.rawValue > $1.key.rawValue }.flatMap { $0.value.prefix(each) }
        return try sheet(
            first, title: title,
            subtitle: "The first prompts of each part, one picture each: not chosen.")
    }

    private static func sheet(_ pictures: [ScoredPicture], title: String, subtitle: String) throws -> Image {
        let cells = pictures.map { picture in
            let mistakes = picture.mistakes
            let verdict = mistakes.isEmpty ? "all right" : mistakes.joined(separator: "; ")
            return ImageGrid.Cell(picture.picture, caption: "\(picture.prompt) — \(verdict)")
        }
        var grid = ImageGrid(cells, columns: 6, title: title)
        grid.subtitle = subtitle
        grid.captionLines = 9
        grid.captionSize = 12
        grid.cellSize = (cell, cell)
        return try grid.image()
    }
}
