import ArgumentParser
import Foundation
import Recipes
import Workshop

/// `darkroom models`.
struct Models: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What models are at hand.",
        discussion: """
            Examples:
              darkroom models list
              darkroom models show worlds-64 --json
              darkroom models pull stabilityai/sd-turbo
              darkroom models convert model.ckpt model.safetensors
              darkroom models average runs/scenes-64 --sigma-rel 0.1
            """,
        subcommands: [
            ListModels.self, ShowModel.self, PullModel.self, ConvertModel.self, AverageModels.self,
        ],
        defaultSubcommand: ListModels.self)
}

/// `darkroom models list`.
struct ListModels: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Name every model at hand.",
        discussion: """
            Looks into the folders that DARKROOM_MODELS names, into Models here and beside the program and above it, \
            and into ~/.darkroom/models.

            Examples:
              darkroom models list
              darkroom models list --json | jq -r '.models[].name'
            """)

    @OptionGroup var common: CommonOptions

    private struct Listing: Encodable {
        let models: [ShelfEntry]
        let folders: [String]
    }

    func perform(_ console: Console) async throws {
        let workshop = Workshop()
        let entries = workshop.shelfEntries()
        try console.emit(Listing(models: entries, folders: workshop.shelf.folders.map(\.path)))
        let style = Style(console.output)
        for entry in entries {
            console.show(style.bold(entry.name) + "  " + Self.facts(entry))
            console.show("  " + style.dim(workshop.surroundings.shown(entry.path)))
        }
        if entries.isEmpty {
            console.say("no models; looked into")
            for folder in workshop.shelf.folders { console.say("  " + folder.path) }
        }
    }

    private static func facts(_ entry: ShelfEntry) -> String {
        guard let model = entry.model else { return "cannot be read: \(entry.problem ?? "unknown")" }
        let parameters = model.parameters.map { "\(Figures.count($0)) parameters" }
        let size = model.resolution.map { "\($0) × \($0)" }
        let seen = model.imagesSeen.map { "\(Figures.count($0)) images seen" }
        return [model.family, model.network, parameters, size, Figures.bytes(model.bytes), seen]
            .compactMap { $0 }.joined(separator: ", ")
    }
}

/// `darkroom models show`.
struct ShowModel: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Say what stands in a file, without loading it.",
        discussion: """
            Any file of weights: models, parts of models, adapters (LoRA), learned words (textual inversion). Pickles \
            (.ckpt, .pt, .bin) are read by a machine that runs nothing.

            Examples:
              darkroom models show
              darkroom models show v1-5-pruned.ckpt
              darkroom models show runs/first/model.safetensors --json
            """)

    @Argument(help: "The model's name, file or folder (default: the one that draws).") var name: String?
    @OptionGroup var common: CommonOptions

    func perform(_ console: Console) async throws {
        let workshop = Workshop()
        let model = try workshop.model(named: name)
        try console.emit(model)
        let style = Style(console.output)
        func row(_ label: String, _ value: String) {
            console.show(style.dim(Figures.label(label)) + value)
        }
        row("name", model.name)
        row("file", workshop.surroundings.shown(model.path))
        if let sha256 = model.sha256 { row("sha256", sha256) }
        if let fingerprint = model.fingerprint { row("fingerprint", fingerprint) }
        row("size", Figures.bytes(model.bytes))
        row("family", model.family)
        row("network", model.network)
        if let format = model.format { row("kind", "\(model.kind), \(format)") }
        for part in model.parts ?? [] {
            let facts =
                "\(ProgressLine.grouped(part.parameters)) parameters, \(part.types.joined(separator: " "))"
            row(part.name, facts + ", " + part.files.joined(separator: ", "))
        }
        if let count = model.places {
            row(
                "changes",
                "\(count) weights, rank \((model.ranks ?? []).map(String.init).joined(separator: ", "))")
        }
        if let tokens = model.tokens { row("words", tokens.joined(separator: ", ")) }
        if let prediction = model.prediction { row("predicts", prediction) }
        if let count = model.parameters { row("parameters", ProgressLine.grouped(count)) }
        if let side = model.resolution { row("pictures", "\(side) × \(side)") }
        if let count = model.vocabulary { row("words", "\(ProgressLine.grouped(count)) word pieces") }
        if let recipe = model.recipe { row("predicts", recipe.target.rawValue) }
        for (key, value) in model.metadata.sorted(by: { $0.key < $1.key }) where key != "name" {
            row(key.replacing("_", with: " "), value)
        }
    }
}
