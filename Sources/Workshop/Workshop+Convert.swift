import Checkpoints
import DurableFiles
import Foundation
import Tensors

/// A model that was written in another layout.
public struct ConvertedModel: Codable, Equatable, Sendable {
    /// The file or folder.
    public var path: String
    /// Its size.
    public var bytes: Int
    /// What the layout cannot say about the model, in sentences.
    public var losses: [String]
}

extension Workshop {
    /// Writes a model as a single file (an output that ends in `.safetensors`) or as a folder in the layout of diffusers.
    ///
    /// - Parameters:
    ///   - name: a name on the shelf, or the path of a file or folder.
    ///   - output: where to; a taken name gets a number.
    ///   - precision: `fp32`, `fp16` or `bf16`; nil keeps what is stored.
    /// - Returns: what was written.
    /// - Throws: `WorkshopError`, and what reading and writing throw; nothing is left half written.
    public func convert(_ name: String, to output: String, precision: String?) throws -> ConvertedModel {
        let types: [String: DType] = ["fp32": .float32, "fp16": .float16, "bf16": .bfloat16]
        let type = precision.map { types[$0.lowercased()] }
        if let precision, type == .some(nil) {
            throw WorkshopError.badNumber(name: "--dtype", expected: "fp32, fp16 or bf16", found: precision)
        }
        let source = try anyFile(name)
        guard !DarkroomModelFile.isOne(source.file) else {
            throw WorkshopError.unreadable(
                source.file, reason: "models of Darkroom's own are in their only layout")
        }
        let model = try ModelFiles(opening: source.file, weightType: nil)
        let target = DurableFile.firstFreeName(for: surroundings.url(output))
        var losses: [String] = []
        if target.pathExtension.lowercased() == "safetensors" {
            losses = try model.writeSingleFile(to: target, as: type ?? nil)
        } else {
            try model.writeFolder(to: target, as: type ?? nil)
            if try model.tokenizerFiles(of: 1) == nil, try model.tokenizerFiles(of: 2) == nil {
                losses = ["the single file brings no tokenizer: other programs need CLIP's beside the folder"]
            }
        }
        return ConvertedModel(path: target.path, bytes: ModelFootprint(of: target).bytes, losses: losses)
    }
}
