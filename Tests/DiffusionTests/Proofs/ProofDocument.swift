import Diffusion
import Foundation
import Images
import Recipes

/// Documentation/Samplers.md and its plots, from measurements.
struct ProofDocument {
    typealias Run = OrderProof.Run

    struct Row {
        let name: String
        let stated: String
        /// Orders on the mixture, one for each scale; then those on a single Gaussian.
        let orders, straight: [Double]
        /// Walks in the variance-preserving scale on the mixture.
        let runs: [Run]
        let callsAStep: String
    }
    struct WeakRow {
        let name: String
        let stated: String
        let orders: [Double]
        let errors: [(calls: Int, error: Double)]
        let callsAStep: String
        let distance: Double
    }

    let rows: [Row]
    let weakRows: [WeakRow]
    static let drawn = 20_000

    /// Where to write; nil unless somebody asked.
    static var folder: URL? {
        ProcessInfo.processInfo.environment["DARKROOM_PROOFS"].map {
            URL(filePath: $0, directoryHint: .isDirectory)
        }
    }

    static func measured() throws -> ProofDocument {
        var rows = try OrderProof.entries.map { entry in
            let orders = try ProofScale.allCases.map {
                OrderProof.order(try OrderProof.runs(of: entry, on: .mixture, $0))
            }
            let straight = try ProofScale.allCases.map {
                OrderProof.order(try OrderProof.runs(of: entry, on: .gaussian, $0))
            }
            let runs = try OrderProof.runs(of: entry, on: .mixture, .variancePreserving)
            return Row(
                name: entry.name, stated: "\(entry.order)", orders: orders, straight: straight, runs: runs,
                callsAStep: calls(runs.last))
        }
        rows.append(
            Row(
                name: SamplerChoice.adaptive.id, stated: "2",
                orders: try ProofScale.allCases.map {
                    OrderProof.order(try OrderProof.adaptiveRuns(on: .mixture, $0))
                },
                straight: try ProofScale.allCases.map {
                    OrderProof.order(try OrderProof.adaptiveRuns(on: .gaussian, $0))
                }, runs: try OrderProof.adaptiveRuns(on: .mixture, .variancePreserving),
                callsAStep: "by tolerance"))
        let weakRows = try WeakProof.entries.map { entry in
            let errors = try WeakProof.ladder.map { steps in
                let found = try WeakProof.varianceError(entry.make(steps), steps: steps, .variancePreserving)
                return (calls: found.calls, error: found.error)
            }
            return WeakRow(
                name: entry.name, stated: "\(entry.order)",
                orders: try ProofScale.allCases.map { try WeakProof.order(of: entry, $0) }, errors: errors,
                callsAStep: calls(
                    errors.last.map { Run(steps: WeakProof.ladder.last ?? 1, calls: $0.calls, error: 0) }),
                distance: try WeakProof.distance(entry.make(256), steps: 256, count: drawn))
        }
        return ProofDocument(rows: rows, weakRows: weakRows)
    }

    private static func calls(_ run: Run?) -> String {
        guard let run else { return "–" }
        let share = Double(run.calls) / Double(run.steps)
        return abs(share - share.rounded()) < 0.02 ? "\(Int(share.rounded()))" : String(format: "%.1f", share)
    }

    func write(into folder: URL) throws {
        let images = folder.appending(path: "Images", directoryHint: .isDirectory)
        try plot().image(width: 1100, height: 720, scale: 1).pngData().write(
            to: images.appending(path: "sampler-orders.png"))
        try Data(text.utf8).write(to: folder.appending(path: "Samplers.md"))
    }

    /// Error against calls; one line a sampler.
    private func plot() -> Plot {
        let shown = [
            "euler", "heun", "dpm2", "dpmpp_2s", "dpmpp_2m", "deis", "pndm", "unipc", "lms", "dpm_adaptive",
        ]
        // More samplers than the palette has colours.
        let more: [String: Color] = ["lms": Color(hex: 0x8C2D04), "dpm_adaptive": Color(hex: 0x9AA5B1)]
        let series = shown.compactMap { name in
            rows.first { $0.name == name }.map { row in
                Plot.Series(
                    row.runs.map { Point(Double($0.calls), $0.error) }, .lineAndDots(width: 2, radius: 3),
                    label: name, color: more[name])
            }
        }
        return Plot(
            title: "Error against network calls",
            subtitle: "two Gaussians, variance-preserving scale, sigma 8 to 0.2",
            x: .init("calls of the denoiser", scale: .logarithmic),
            y: .init("error at the end (root mean square)", scale: .logarithmic), series: series)
    }

    private func number(_ value: Double) -> String { String(format: "%.2f", value) }
    private func power(_ value: Double) -> String { String(format: "%.1e", value) }

    private var text: String {
        let table = rows.map { row in
            let cells =
                [row.name, row.stated] + row.orders.map(number) + row.straight.map(number)
                + [
                    row.callsAStep,
                    row.runs.first { $0.calls >= 24 }.map { "\(power($0.error)) (\($0.calls))" } ?? "–",
                ]
            return "| " + cells.joined(separator: " | ") + " |"
        }
        let weak = weakRows.map { row in
            let cells =
                [row.name, row.stated] + row.orders.map(number)
                + [row.callsAStep] + row.errors.map { power($0.error) } + [
                    String(format: "%.4f", row.distance)
                ]
            return "| " + cells.joined(separator: " | ") + " |"
        }
        let bound = String(format: "%.4f", 1.63 / Double(Self.drawn).squareRoot())
        return """
            # Samplers, proved

            This page and its plot are written by `make proofs`; the tests of `DiffusionTests` keep the orders to what is
            stated here. Nothing is drawn by a network: the denoiser is the perfect one of one or two Gaussians, for which
            the end of every walk is known in closed form. In one dimension the probability flow carries each quantile of
            the start to the same quantile of the end.

            ## Without fresh noise

            Nine points walk from sigma 8 to 0.2 in 12 to 384 steps. Measured is by which power of the number of calls the
            error falls between 192 and 384 steps (for the adaptive walk, between tolerances of 1e-4 and 1e-5). The three
            scales of x are those of variance-preserving models, (√ᾱ, √(1 − ᾱ)), of EDM, (1, σ), and of flow models,
            (1 − t, t). The last column is the error on the two Gaussians for the first walk of 24 calls or more.

            | sampler | stated order | VP | EDM | flow | VP, one Gaussian | EDM, one Gaussian | flow, one Gaussian | calls a step | error (calls) |
            | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
            \(table.joined(separator: "\n"))

            ![Error against network calls](Images/sampler-orders.png)

            `unipc` as the command line makes it lowers its order to 1 in the last step, as its authors advise for few steps
            to a clean sample; that one step bounds the order of the whole. `dpmpp_2s` alternates steps of order 1 and 2, of
            which only the latter count. `pndm`'s formula has order 4, its first steps and the noise as a quantity to hold
            constant have not.

            ## With fresh noise

            Two measures. For a single Gaussian the end is linear in the start and in each tensor of fresh noise; the
            coefficients are solved for, so the variance of the end is known without any error of chance. Measured is by
            which power of the number of steps its relative error falls between 20 and 40 steps of equal ratio; the errors
            are those after 10, 20 and 40 steps (VP). For the two Gaussians, \(Self.drawn) samples are drawn in 256 steps and
            their distribution is compared with the true one: the greatest difference of the shares below any point
            (Kolmogorov and Smirnov), which chance alone puts above \(bound) once in a hundred.

            | sampler | least order stated | VP | EDM | flow | calls a step | variance, 10 steps | 20 steps | 40 steps | difference of shares |
            | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
            \(weak.joined(separator: "\n"))

            ## Options

            | samplers | `darkroom generate` | in JSON | what it does |
            | --- | --- | --- | --- |
            | `euler`, `heun`, `dpm2` | `--s-churn 20` | `"sChurn"` | adds noise before steps and removes it again: the sum of sigma's relative rises over the walk (Karras et al. 2022, algorithm 2) |
            | the same | `--s-tmin 0.05 --s-tmax 50` | `"sTmin"`, `"sTmax"` | the sigmas at which it does |
            | the same, `*_ancestral`, `*_sde` | `--s-noise 1.003` | `"sNoise"` | the factor of all noise added on the way |
            | `ddim`, `tcd`, `*_ancestral`, `*_sde` | `--eta 0.5` | `"eta"` | the share of fresh noise: 0 is none, 1 all |
            | `lms` (1 to 4), `deis`, `unipc`, `dpmpp_2m`, `dpmpp_2s` (1 to 3) | `--order 3` | `"order"` | the greatest order of a multistep rule |

            In requests and in the record that a picture carries they stand under the sampler's name,
            `{"heun": {"sChurn": 20}}`, so that `darkroom verify` makes the same picture again. Trajectories are those of
            k-diffusion (`Scripts/make-fixtures/solver_options.py`), and for the orders also those of diffusers'
            `solver_order`; noise for churning is drawn only where it is used.

            ## What is not in the tables

            `lcm` jumps to the estimate and noises it again. It is made for distilled networks, whose estimate is a sample and
            not a mean; with the perfect denoiser it draws means, whatever the number of steps. `tcd` with eta above 0 jumps a
            fixed share below each next level, however near that is; it converges to nothing and is made for the same networks.
            Without eta it walks as `ddim` does.

            """
    }
}
