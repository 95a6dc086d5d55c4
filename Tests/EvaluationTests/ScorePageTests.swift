import Datasets
import Foundation
import Images
import Recipes
import Testing

@testable import Evaluation

@Suite struct ScorePageTests {
    private static let share = Share(value: 0.25, low: 0.2, high: 0.31, count: 40)

    private static let report = EvaluationReport(
        world: .portraits, model: .init(name: "<b>evil</b>", mark: .sha256("abc")),
        probe: .init(name: "probe", mark: .sha256("def")),
        settings: .init(
            seedsPerPrompt: 2, seed: 7, steps: 25, guidanceScale: 3, sampler: "Euler", resolution: 64),
        parts: [
            try? PartScore(.train, of: .portraits, drawn: [], real: [], other: [], group: 1, seed: 0)
        ].compactMap { $0 }.map { part in
            var part = part
            part.attributes = [
                AttributeScore(
                    attribute: .pair, model: share, ceiling: share, shareOfCeiling: 1, chance: nil)
            ]
            return part
        }, promptsCut: 3, files: .init(folder: "f", page: "f/p", worst: "f/w", unchosen: "f/u"), seconds: 1)

    @Test func thePageIsOneFileAndSafe() throws {
        let page = ScorePage.html(Self.report, worst: Data([1, 2, 3]), unchosen: Data([4, 5, 6]))
        #expect(page.contains("&lt;b&gt;evil&lt;/b&gt;") && !page.contains("<b>evil"))
        #expect(page.contains("data:image/png;base64,AQID") && page.contains("data:image/png;base64,BAUG"))
        #expect(page.contains("pair: both") && page.contains("25.0 %") && page.contains("20.0 – 31.0"))
        #expect(page.contains("3 prompts are longer") && page.contains("full captions of portraits"))
        // Nothing is fetched, nothing runs.
        for word in ["<script", "http:", "https:", "<link", "@import", "url("] {
            #expect(!page.contains(word), "\(word)")
        }
        #expect(ScorePage.words("sphereLeftOfHouse") == "sphere left of house")
    }

    @Test func theReportIsReadBackFromItsJSON() throws {
        let json = try JSONEncoder().encode(Self.report)
        #expect(try JSONDecoder().decode(EvaluationReport.self, from: json) == Self.report)
        #expect(String(decoding: json, as: UTF8.self).contains("\"share_of_ceiling\":1"))
    }

    @Test func sheetsShowTheWorstFirst() throws {
        let scene = SceneAttributes(objects: [SceneObject(.red, .cone)], setting: .beach)
        var wrong = scene
        wrong.setting = .snow
        let pictures = try [scene, wrong].enumerated().map { number, read in
            ScoredPicture(
                split: .train, prompt: "prompt \(number)", seed: 1, record: .scene(scene),
                picture: try Image(width: 8, height: 8, fill: number == 0 ? (0, 0, 0) : (255, 0, 0)),
                reading: .init(answers: read.labels, features: []))
        }
        #expect(pictures[0].mistakes.isEmpty && pictures[1].mistakes == ["setting: snow instead of beach"])
        let worst = try ScoreSheet.worst(pictures, title: "worst")
        let unchosen = try ScoreSheet.unchosen(pictures, title: "first")
        // The cell in the upper left corner is red on the one, black on the other.
        func firstColour(_ sheet: Image) -> [UInt8]? {
            for y in 0..<sheet.height {
                let pixel = Array(sheet[40, y])
                if pixel == [0, 0, 0] || pixel == [255, 0, 0] { return pixel }
            }
            return nil
        }
        #expect(firstColour(worst) == [255, 0, 0] && firstColour(unchosen) == [0, 0, 0])
        #expect(throws: ImageError.self) { try ScoreSheet.worst([], title: "") }
    }
}
