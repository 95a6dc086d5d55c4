import Checkpoints
import Diagnostics
import Foundation
import Layers
import Networks
import Recipes
import Tensors

/// What a session that trains an adapter has besides: the frozen model, and where its adapters stand.
struct AdaptedModel {
    /// The weights that stay as they are.
    let frozen: FrozenParameters
    /// Zeroes some of what adapters see while a batch is learnt from.
    let dropout: LowRankDropout?

    /// The parameters of one network: frozen ones, with adapters at the targets whose A and B come from `trained`.
    ///
    /// Random numbers do not depend on the network's other layers: each parameter has a stream of its own.
    func plan(
        _ adapter: AdapterPlan, from trained: any ParameterSource, usual: @escaping (ParameterPath) -> Bool
    )
        -> LowRankPlan
    {
        LowRankPlan(from: trained, rank: adapter.rank, alpha: adapter.alpha, dropout: dropout) {
            path, isLinear in
            switch adapter.targets {
            case .attention: usual(path)
            case .allLinear: isLinear && !AdapterTargets.isText(path)
            case .named(let names): names.contains { path.isNamed($0) }
            }
        }
    }
}

extension AdapterTargets {
    /// True for the modules of text encoders, which are adapted only where their names are given.
    static func isText(_ path: ParameterPath) -> Bool { path.description.hasPrefix("text") }

    /// Refuses names that no module of the network has.
    /// - Throws: `TrainingError.unknownTarget`.
    func check(_ modules: [ParameterPath]) throws {
        guard case .named(let names) = self else { return }
        for name in names where !modules.contains(where: { $0.isNamed(name) }) {
            let known = Set(modules.map(\.shortName))
            throw TrainingError.unknownTarget(
                name, nearest: NearestName.nearest(to: name, among: known), known: known.sorted())
        }
    }
}

extension ParameterPath {
    /// True when the path is this name or ends with it, after a dot: how PEFT reads target modules.
    func isNamed(_ name: String) -> Bool { description == name || description.hasSuffix("." + name) }

    /// What a module is called among its neighbours: `to_q`, or `to_out.0` where the last component is a number.
    var shortName: String {
        let parts = description.split(separator: ".")
        let count = parts.last?.allSatisfy(\.isNumber) == true ? 2 : 1
        return parts.suffix(count).joined(separator: ".")
    }
}

extension TrainingSession {
    /// Writes the adapters of all averages: the first as `adapter.safetensors`, or the folder `adapter` for PEFT.
    func exportAdapters(beside base: AdapterBase, to run: RunFolder) throws {
        guard let plan = recipe.adapter else { return }
        let style = base.style(plan)
        for (index, average) in averages.enumerated() {
            let file = run.adapter(style, average: index + 1)
            try adapter(of: average.named, beside: base, plan).write(to: file, style)
        }
    }

    /// The trained matrices as they are written.
    func adapter(
        of parameters: [(name: String, tensor: Tensor)], beside base: AdapterBase, _ plan: AdapterPlan
    ) throws -> AdapterToWrite {
        let known = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.tensor) })
        let modules = parameters.compactMap { name, down -> AdapterToWrite.Module? in
            let ending = "." + LowRankPlan.downName
            guard name.hasSuffix(ending) else { return nil }
            let path = String(name.dropLast(ending.count))
            guard let up = known[path + "." + LowRankPlan.upName] else { return nil }
            guard case .stableDiffusion = base.kind, let dot = path.firstIndex(of: "."),
                let part = ModelPart(rawValue: String(path[..<dot]))
            else { return .init(part: nil, path: path, down: down, up: up) }
            return .init(part: part, path: String(path[path.index(after: dot)...]), down: down, up: up)
        }
        return AdapterToWrite(
            modules: modules, rank: plan.rank, alpha: plan.alpha,
            metadata: [
                "name": recipe.name, "images_seen": String(imagesSeen),
                "base": base.url.lastPathComponent,
                "darkroom_recipe": try recipe.json(pretty: false),
            ])
    }
}

extension RunFolder {
    /// Where the adapter of an average goes, counted from 1.
    func adapter(_ style: AdapterStyle, average number: Int) -> URL {
        let name = AdapterToWrite.name(style)
        guard number > 1 else { return url.appending(path: name) }
        return url.appending(path: name.replacing("adapter", with: "adapter-average-\(number)"))
    }
}
