import Datasets
public import Foundation
import Recipes

/// A score card as one HTML file that needs nothing else.
public enum ScorePage {
    /// The page.
    /// - Parameters:
    ///   - report: the score card.
    ///   - worst: the contact sheet of the worst pictures, PNG.
    ///   - unchosen: the contact sheet of the first pictures, PNG.
    /// - Returns: the text of the file.
    public static func html(_ report: EvaluationReport, worst: Data, unchosen: Data) -> String {
        let title = "Score card of \(report.model.name)"
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(escaped(title))</title>
            <style>\(style)</style>
            </head>
            <body>
            <main>
            <h1>\(escaped(title))</h1>
            <p class="lead">\(escaped(lead(report)))</p>
            \(report.parts.map { section($0, of: report.world.rawValue) }.joined(separator: "\n"))
            <h2>First pictures, not chosen</h2>
            \(picture(unchosen, of: "the first pictures of each part"))
            <h2>Worst pictures</h2>
            \(picture(worst, of: "the pictures with most mistakes"))
            <h2>How it was made</h2>
            <p>\(escaped(method(report)))</p>
            </main>
            </body>
            </html>

            """
    }

    /// Text with the signs that HTML gives a meaning replaced.
    static func escaped(_ text: String) -> String {
        var safe = ""
        for character in text {
            switch character {
            case "&": safe += "&amp;"
            case "<": safe += "&lt;"
            case ">": safe += "&gt;"
            case "\"": safe += "&quot;"
            case "'": safe += "&#39;"
            default: safe.append(character)
            }
        }
        return safe
    }

    private static func lead(_ report: EvaluationReport) -> String {
        let counts = report.parts.map { "\($0.prompts) prompts with \($0.split.scoreTitle)" }
        let settings = report.settings
        let each = settings.seedsPerPrompt == 1 ? "one picture" : "\(settings.seedsPerPrompt) pictures"
        return counts.joined(separator: ", ") + "; \(each) a prompt, \(settings.resolution) pixels a side, "
            + "\(settings.steps) steps of \(settings.sampler), guidance \(number(settings.guidanceScale, 2))."
    }

    private static func section(_ part: PartScore, of world: String) -> String {
        let rows = part.attributes.map { score in
            row(
                score.attribute.rawValue, score.model, ceiling: score.ceiling, share: score.shareOfCeiling,
                chance: score.chance)
        }
        let combinations = part.combinations.map { score in
            row(
                words(score.combination), score.model, ceiling: score.ceiling,
                share: score.ceiling.value > 0 ? score.model.value / score.ceiling.value : nil, chance: nil)
        }
        let distance = part.distance.map { distance in
            """
            <p>\(escaped(distance.features.distanceTitle)): \(number(distance.value, 2)) \
            (95 %: \(number(distance.low, 2)) to \(number(distance.high, 2))); between renders of other \(world) and these \
            it is \(number(distance.otherScenes, 2)).\(distance.features.notice.map { " " + escaped($0) + "." } ?? "")</p>
            """
        }
        let one = part.split.scoreTitle
        return """
            <h2>\(escaped(one.prefix(1).uppercased() + one.dropFirst()))</h2>
            \(table("attribute", rows))
            \(combinations.isEmpty ? "" : table("combination", combinations))
            \(distance ?? "")
            """
    }

    private static func table(_ what: String, _ rows: [String]) -> String {
        """
        <table>
        <thead><tr><th>\(what)</th><th>right</th><th>95 %</th><th class="bars"></th><th>probe on renders</th>\
        <th>share</th><th>chance</th><th>n</th></tr></thead>
        <tbody>
        \(rows.joined(separator: "\n"))
        </tbody>
        </table>
        """
    }

    private static func row(
        _ name: String, _ model: Share, ceiling: Share, share: Double?, chance: Double?
    ) -> String {
        func mark(_ kind: String, _ from: Double, _ to: Double) -> String {
            let width = number(100 * (to - from), 2)
            return "<i class=\"\(kind)\" style=\"left:\(number(100 * from, 2))%;width:\(width)%\"></i>"
        }
        let bars =
            mark("bar", 0, model.value) + mark("range", model.low, model.high)
            + mark("ceiling", ceiling.value, ceiling.value)
        let range = "\(number(100 * model.low, 1)) – \(number(100 * model.high, 1))"
        let others = [ceiling.value, share, chance].map { $0.map { percent($0) } ?? "–" }
        return "<tr><th>\(escaped(name))</th><td>\(percent(model.value))</td><td>\(range)</td>"
            + "<td class=\"bars\"><span>\(bars)</span></td>"
            + others.map { "<td>\($0)</td>" }.joined() + "<td>\(model.count)</td></tr>"
    }

    private static func picture(_ png: Data, of what: String) -> String {
        "<img alt=\"\(escaped(what))\" src=\"data:image/png;base64,\(png.base64EncodedString())\">"
    }

    private static func method(_ report: EvaluationReport) -> String {
        let cut =
            report.promptsCut == 0
            ? "" : " \(report.promptsCut) prompts are longer than the model's text encoder reads."
        return "Prompts are full captions of \(report.world.rawValue) that were drawn by lot "
            + "(seed \(report.settings.seed)), apart from those of training. What a caption leaves unsaid is not marked. A "
            + "probe, a small network trained on renders, reads the attributes off the pictures; “probe on renders” is "
            + "how often it is right about renders of what the same prompts say. Intervals are "
            + "Wilson's, or by bootstrap over prompts where several answers belong to one. “Chance” is the agreement of "
            + "answers that have nothing to do with the prompt." + cut
            + " Model \(report.model.name) (\(report.model.mark.digits)); probe \(report.probe.name) "
            + "(\(report.probe.mark.digits)). The same command gives the same card on the same machine."
    }

    /// `purpleTorus` as `purple torus`.
    public static func words(_ name: String) -> String {
        name.reduce(into: "") { $0 += $1.isUppercase ? " " + $1.lowercased() : String($1) }
    }

    private static func percent(_ share: Double) -> String { number(100 * share, 1) + " %" }

    private static func number(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }

    private static let style = """
        :root{color-scheme:light dark;--ink:#1f2430;--muted:#667085;--line:#e4e7ec;--paper:#fcfbf8;--bar:#2667b0;\
        --range:#d95f1e}
        @media(prefers-color-scheme:dark){:root{--ink:#e8eaef;--muted:#98a2b3;--line:#333a47;--paper:#14171d;\
        --bar:#5b95d8;--range:#f0905c}}
        body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
        main{max-width:64rem;margin:0 auto;padding:2rem 1rem}
        h1{font-size:1.8rem;margin:0}h2{font-size:1.2rem;margin:2.2rem 0 .6rem}
        .lead{color:var(--muted);margin:.3rem 0 0}
        table{border-collapse:collapse;width:100%;margin:0 0 1rem;font-variant-numeric:tabular-nums}
        th,td{padding:.25rem .5rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
        th:first-child{text-align:left;font-weight:500}thead th{color:var(--muted);font-weight:500}
        td.bars,th.bars{width:34%}
        td.bars span{position:relative;display:block;height:.9rem;background:var(--line);border-radius:2px}
        i{position:absolute;top:0;bottom:0}i.bar{background:var(--bar);border-radius:2px}
        i.range{top:40%;bottom:40%;background:var(--range)}
        i.ceiling{border-left:2px solid var(--ink)}
        img{max-width:100%;height:auto}
        """
}
