import ArgumentParser
import Foundation
import Recipes
import Workshop

/// `darkroom models convert`.
struct ConvertModel: Verb {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Write a model as a folder or as a single file.",
        discussion: """
            An output that ends in .safetensors becomes a single file in the original layout, any other a folder in the \\
            layout of diffusers. Nothing is overwritten: a taken name gets a number. The output is written whole or not \\
            at all.

            Examples:
              darkroom models convert v1-5-pruned.ckpt v1-5
              darkroom models convert sdxl sdxl-half.safetensors --dtype fp16
            """)

    @Argument(help: "The model's name, file or folder.") var name: String
    @Argument(help: "The file (.safetensors) or folder to write.") var output: String
    @Option(help: "The type of the numbers: fp32, fp16, bf16 (default: as they are stored).") var dtype:
        String?
    @OptionGroup var common: CommonOptions

    func perform(_ console: Console) async throws {
        let workshop = Workshop()
        let written = try workshop.convert(name, to: output, precision: dtype)
        try console.emit(written)
        for note in written.losses { console.say("note: " + note) }
        console.show(workshop.surroundings.shown(written.path))
    }
}
