public import Foundation

/// The kinds of file that tensors are read from.
public enum WeightFileFormat: String, Sendable, Codable {
    /// A safetensors file.
    case safetensors
    /// What PyTorch's `torch.save` wrote: `.ckpt`, `.pt`, `.pth`, `.bin`.
    case torch

    /// Opens a file of either kind; the first bytes decide, not the name.
    ///
    /// - Throws: `WeightFileError` naming the file and what is wrong with it.
    public static func open(_ url: URL) throws(WeightFileError) -> any WeightFile {
        let mapping = try FileMapping(contentsOf: url)
        if TorchFile.recognizes(mapping.bytes) { return try TorchFile(mapping, at: url) }
        return try SafetensorsFile(mapping, at: url)
    }
}
