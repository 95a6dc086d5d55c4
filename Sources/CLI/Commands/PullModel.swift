import ArgumentParser
import Recipes
import Workshop

/// `darkroom models pull`.
struct PullModel: Verb {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Fetch a model from a hub.",
        discussion: """
            Takes what is needed to draw: descriptions, words and one kind of weights, safetensors before pickles. Every \
            file is checked against the hub's own checksum. What was cut off goes on where it stopped when the same \
            command is run again. A model that is one file becomes that file.

            HF_ENDPOINT names another hub or a mirror (default: https://huggingface.co), HF_TOKEN a token for models that \
            are not for everybody; it is shown to that hub alone.

            Examples:
              darkroom models pull stabilityai/sd-turbo
              darkroom models pull stabilityai/stable-diffusion-xl-base-1.0 --variant fp16
              darkroom models pull OWNER/NAME --include "style.safetensors" --output loras
            """)

    @Argument(help: "The repository: OWNER/NAME.") var repository: String
    @Option(help: "A branch, tag or commit.") var revision = "main"
    @Option(help: "The kind of weights, such as fp16 (default: the plain ones).") var variant: String?
    @Option(
        help: ArgumentHelp(
            "Fetch the files of this pattern instead of what is needed; may be given again.",
            valueName: "pattern"))
    var include: [String] = []
    @Option(name: .shortAndLong, help: "The folder to put it into (default: where models are looked for).")
    var output: String?
    @OptionGroup var common: CommonOptions

    func perform(_ console: Console) async throws {
        let workshop = Workshop()
        let watcher = PullWatcher(console)
        defer { watcher.finish() }
        let pulled = try await workshop.pull(
            repository, revision: revision, variant: variant, include: include, into: output
        ) { watcher.take($0) }
        watcher.finish()
        try console.emit(pulled)
        console.show(workshop.surroundings.shown(pulled.path))
    }
}
